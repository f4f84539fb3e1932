// Every op on "meta": its checks, shape rules and derivatives run as on the cpu, and what must read
// values says so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <map>

#include "conformance/op_cases.hpp"
#include "customtensor/error.hpp"
#include "customtensor/random.hpp"
#include "support/compare.hpp"

namespace ct::test {
namespace {

/// Rows that must read values, and what they say.
const std::map<std::string, std::string>& value_readers() {
  static const std::map<std::string, std::string> rows = {
      {"bincount",
       "bincount: must read values, but x (19) is on meta, which has none; use a "
       "device that computes"},
      {"bincount/weights", "bincount: must read values, but x (7) is on meta"},
      {"copy_from", "to_vector: must read values, but the tensor (3, 5) is on meta"},  // the row's
      {"index/mask", "index: must read values, but the mask (4, 2) is on meta"},
      {"index/mask_and_numbers", "index: must read values, but the mask (3) is on meta"},
      {"index_put/mask", "index_put_: must read values, but the mask (3) is on meta"},
      {"item", "item: must read values, but the tensor () is on meta"},
      {"item_scalar", "item: must read values, but the tensor () is on meta"},
      {"masked_scatter", "masked_scatter_: must read values, but the mask (4) is on meta"},
      {"masked_scatter_/view", "masked_scatter_: must read values, but the mask (2, 4) is on meta"},
      {"masked_select", "masked_select: must read values, but the mask (5) is on meta"},
      {"nonzero", "nonzero: must read values, but x (4, 5) is on meta"},
      {"repeat_interleave/each", "repeat_interleave: must read values, but times (3) is on meta"},
      {"to_vector", "to_vector: must read values, but the tensor (3, 5) is on meta"},
      {"unique", "unique: must read values, but x (4, 9) is on meta"},
      {"unique/axis", "unique: must read values, but x (9, 2) is on meta"},
      {"unique/counts", "unique: must read values, but x (4, 9) is on meta"},
      {"unique/inverse", "unique: must read values, but x (4, 9) is on meta"},
      {"unique_consecutive", "unique_consecutive: must read values, but x (19) is on meta"},
  };
  return rows;
}

class MetaOpTest : public ::testing::TestWithParam<size_t> {
 protected:
  void SetUp() override {
    if (value_readers().contains(op().name)) GTEST_SKIP() << "reads values";
  }
  const OpCase& op() const { return op_cases()[GetParam()]; }
  /// What is borrowed from the host is copied to another device, and dense there.
  bool same_strides() const { return op().name != "from_blob"; }
  Tensors inputs(const char* device, DType dtype, bool requires_grad = false) const {
    return inputs_of(op(), dtype, Device(device), requires_grad);
  }
  /// op, from the same place of the default stream each time; moves it on.
  Tensor run(const Tensors& x) const {
    manual_seed(5);
    return op().run(x);
  }
};

void expect_same_form(const Tensor& meta, const Tensor& cpu, bool strides = true) {
  ASSERT_EQ(meta.defined(), cpu.defined());
  if (!cpu.defined()) return;
  EXPECT_EQ(meta.device(), Device("meta"));
  EXPECT_EQ(meta.shape(), cpu.shape());
  if (strides) {
    EXPECT_EQ(meta.strides(), cpu.strides());
  }
  EXPECT_EQ(meta.dtype(), cpu.dtype());
  EXPECT_EQ(meta.requires_grad(), cpu.requires_grad());
}

TEST_P(MetaOpTest, ResultsHaveTheFormOfTheCpus) {
  for (const DType dtype : {float32, bfloat16}) {
    if (dtype == bfloat16 && !op().half) {
      EXPECT_THROW(op().run(inputs("meta", dtype)), DTypeError);
      continue;
    }
    const Tensor cpu = run(inputs("cpu", dtype, op().differentiable));
    const uint64_t drawn = default_generator().state().offset;
    expect_same_form(run(inputs("meta", dtype, op().differentiable)), cpu, same_strides());
    EXPECT_EQ(default_generator().state().offset, drawn);
  }
}

TEST_P(MetaOpTest, AwkwardStridesDoSoToo) {
  expect_same_form(run(awkward(inputs("meta", float32))), run(awkward(inputs("cpu", float32))),
                   same_strides());
}

TEST_P(MetaOpTest, GradientsHaveTheFormOfTheCpus) {
  if (!op().differentiable) GTEST_SKIP() << "no gradient";
  const auto gradients = [&](const Tensors& in) {
    const Tensor y = run(in);
    return grad({y}, in,
                {.gradients = {ones_like(y)}, .create_graph = op().twice, .allow_unused = true});
  };
  const Tensors in = inputs("meta", float32, true);
  const Tensors meta = gradients(in);
  const Tensors cpu = gradients(inputs("cpu", float32, true));
  Tensors roots, upstream;
  for (size_t i = 0; i < cpu.size(); ++i) {
    SCOPED_TRACE("input " + std::to_string(i));
    expect_same_form(meta[i], cpu[i]);
    if (!meta[i].defined() || !meta[i].requires_grad()) continue;
    roots.push_back(meta[i]);
    upstream.push_back(ones_like(meta[i]));
  }
  if (roots.empty()) return;
  const Tensors second = grad(roots, in, {.gradients = upstream, .allow_unused = true});
  for (size_t i = 0; i < in.size(); ++i) {
    if (!second[i].defined()) continue;
    EXPECT_EQ(second[i].shape(), in[i].shape());
  }
}

std::string row_name(const ::testing::TestParamInfo<size_t>& info) {
  std::string name = "meta_" + op_cases()[info.param].name;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}
INSTANTIATE_TEST_SUITE_P(Conformance, MetaOpTest, ::testing::Range(size_t{0}, op_cases().size()),
                         row_name);

TEST(MetaOps, WhatMustReadValuesSaysSo) {
  size_t found = 0;
  for (const OpCase& op : op_cases()) {
    const auto row = value_readers().find(op.name);
    if (row == value_readers().end()) continue;
    ++found;
    const auto run = [&] { op.run(inputs_of(op, float32, Device("meta"), false)); };
    EXPECT_THAT(message_of<DeviceError>(run), ::testing::StartsWith(row->second)) << op.name;
  }
  EXPECT_EQ(found, value_readers().size());
}

}  // namespace
}  // namespace ct::test
