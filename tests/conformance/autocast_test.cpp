// The table of autocast (ops/autocast_table.hpp), held to every row of the suite: an op that is in
// it works in the type that it names, one that is not takes its operands as they are; and to the
// page that shows it.
#include "customtensor/autocast.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "conformance/op_fixture.hpp"
#include "customtensor/error.hpp"
#include "ops/autocast_table.hpp"
#include "support/compare.hpp"

namespace ct::test {
namespace {

using ops::Precision;

/// "linalg::vector_norm/rows" is vector_norm, "fft::irfft" fft.
std::string op_of(const std::string& row) {
  const std::string name = row.substr(0, row.find('/'));
  if (name.starts_with("fft::") && name.find("shift") == std::string::npos &&
      name.find("freq") == std::string::npos) {
    return "fft";  // one row for all transforms
  }
  return name.starts_with("linalg::") ? name.substr(8) : name;
}

/// Rows that do more than their op, in another type.
bool is_more_than_its_op(const std::string& row) {
  return row == "linalg::svd/pairs" || row == "linalg::eigh/upper_batch";
}

/// Complex numbers are left alone, by whatever op.
bool is_complex_row(const OpCase& op) {
  return op.name.find("complex") != std::string::npos || op.name.starts_with("fft::") ||
         op.name.starts_with("istft");
}

/// Ops that are made of one op of the table, and have its type.
const std::map<std::string, std::string>& made_of() {
  static const std::map<std::string, std::string> names{
      {"softmin", "softmax"},
      {"scaled_dot_product_attention_with_scores", "scaled_dot_product_attention"}};
  return names;
}

std::optional<Precision> precision(const std::string& op) {
  const auto made = made_of().find(op);
  return ops::precision_of(made == made_of().end() ? op : made->second);
}

Tensor call(const OpCase& op, const Tensors& inputs) {
  return op.alone ? op.alone(inputs) : op.run(inputs);
}

class AutocastRow : public OpFixture {
 protected:
  Tensors inputs(DType dtype) const { return inputs_of(op(), dtype, device_, false); }
};

TEST_P(AutocastRow, IsWhatTheOpDoes) {
  const auto row = precision(op_of(op().name));
  const NoGradGuard off;
  const auto result = [&](const Tensors& in) {
    const AutocastGuard autocast(bfloat16);
    return call(op(), in).dtype();
  };
  if (!row || is_complex_row(op())) {
    for (const DType dtype : {float32, bfloat16}) {
      if (dtype == bfloat16 && (!op().half || is_complex_row(op()))) continue;
      const Tensors in = inputs(dtype);
      manual_seed(3);
      const Tensor plain = call(op(), in);
      manual_seed(3);
      const AutocastGuard autocast(bfloat16);
      const Tensor same = call(op(), in);
      EXPECT_EQ(same.dtype(), plain.dtype()) << name(dtype);
      if (dtype == float32 && !is_complex(plain.dtype())) {  // no part of it in another type
        EXPECT_TRUE(near(same, plain, 0)) << name(dtype);
      }
    }
    return;
  }
  const Tensor plain = call(op(), inputs(float32));
  if (!is_floating(plain.dtype())) {  // a rank, by decompositions in float32
    ASSERT_EQ(*row, Precision::float32);
    const AutocastGuard autocast(bfloat16);
    EXPECT_TRUE(near(call(op(), inputs(float32)), plain, 0));
    EXPECT_EQ(call(op(), inputs(bfloat16)).dtype(), plain.dtype());
    return;
  }
  ASSERT_EQ(plain.dtype(), float32);
  switch (*row) {
    case Precision::lower:
      EXPECT_EQ(result(inputs(float32)), bfloat16);
      EXPECT_EQ(result(inputs(bfloat16)), bfloat16);
      break;
    case Precision::float32:
      EXPECT_EQ(result(inputs(float32)), float32);
      EXPECT_EQ(result(inputs(bfloat16)), float32);
      break;
    case Precision::widest:
      EXPECT_EQ(result(inputs(float32)), float32);
      EXPECT_EQ(result(inputs(bfloat16)), bfloat16);
      if (inputs(float32).size() > 1) {
        Tensors mixed = inputs(bfloat16);
        mixed.back() = inputs(float32).back();
        EXPECT_EQ(result(mixed), float32);
        mixed = inputs(float32);
        mixed.back() = inputs(bfloat16).back();
        EXPECT_EQ(result(mixed), float32);
      }
      break;
    case Precision::own: {
      EXPECT_EQ(result(inputs(float32)), float32);
      Tensors mixed = inputs(float32);
      mixed[0] = mixed[0].to(bfloat16);
      EXPECT_EQ(result(mixed), bfloat16);
      break;
    }
  }
  if (op().shapes.empty()) return;
  for (const Tensor& t : inputs(float64)) {
    if (t.dim() == 0) return;
  }
  EXPECT_EQ(result(inputs(float64)), float64);
}

INSTANTIATE_TEST_SUITE_P(
    Ops, AutocastRow,
    ::testing::ValuesIn(op_params([](const std::string& device, const OpCase& op) {
      return device == "cpu" && !op.shapes.empty() && !is_more_than_its_op(op.name);
    })),
    op_param_name);

TEST(AutocastTable, EveryRowIsOfAnOp) {
  std::set<std::string> known;
  for (const OpCase& op : op_cases()) known.insert(op_of(op.name));
  for (const ops::PrecisionRow& row : ops::kPrecisions) {
    EXPECT_TRUE(known.contains(std::string(row.op))) << row.op;
  }
}

}  // namespace
}  // namespace ct::test
