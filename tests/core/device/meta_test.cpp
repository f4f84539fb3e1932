// The device without values: what its tensors are, what they cost, what they refuse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "customtensor/customtensor.hpp"
#include "customtensor/meta_backend.hpp"
#include "support/compare.hpp"

namespace ct::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Device meta() { return Device("meta"); }
size_t in_use() { return meta().backend().memory_stats().in_use; }

TEST(Meta, ComputesWhatAResultLooksLike) {
  const Tensor x = empty({2, 3}, {.dtype = float16, .device = meta()});
  const Tensor y = matmul(x, x.t()) + rand({5, 2, 1}, meta());
  EXPECT_EQ(y.shape(), (Shape{5, 2, 2}));
  EXPECT_EQ(y.dtype(), float32);
  EXPECT_EQ(y.device(), meta());
  EXPECT_EQ(x.t().strides(), (Strides{1, 3}));
}

TEST(Meta, ChecksArgumentsAsElsewhere) {
  const Tensor x = empty({2, 3}, meta());
  EXPECT_EQ(message_of<ShapeError>([&] { matmul(x, x); }), message_of<ShapeError>([] {
              matmul(ones({2, 3}), ones({2, 3}));
            }));
  EXPECT_EQ(message_of<DeviceError>([&] {
              x + ones({2, 3});
            }),
            "add: operands are on meta (2, 3) and cpu (2, 3); move one with .to(device)");
}

TEST(Meta, TakesNoMemoryAndCountsWhatItWouldTake) {
  const size_t before = in_use();
  {
    const Tensor x = zeros({1 << 20, 1 << 20}, meta());
    EXPECT_EQ(in_use() - before, size_t{4} << 40);
    const Tensor y = x + 1;
    EXPECT_EQ(in_use() - before, size_t{8} << 40);
    EXPECT_GE(meta().backend().memory_stats().peak, size_t{8} << 40);
  }
  EXPECT_EQ(in_use(), before);
}

TEST(Meta, BuffersAreDistinct) {
  MetaBackend backend;
  EXPECT_NE(backend.allocate(0), nullptr);
  EXPECT_NE(backend.allocate(8), backend.allocate(8));
  EXPECT_EQ(backend.memory_stats().allocations, 3U);
}

TEST(Meta, IsNotAmongTheDevicesThatCompute) {
  const auto all = devices();
  EXPECT_EQ(std::count(all.begin(), all.end(), meta()), 0);
  EXPECT_EQ(message_of<DeviceError>([] { Device("warp"); }).find("meta"), std::string::npos);
}

TEST(Meta, AnyDevicesTensorsGoThereAndNoneComesBack) {
  const Tensor x = ones({3, 2}).t();
  const Tensor there = x.to(meta());
  EXPECT_EQ(there.shape(), (Shape{2, 3}));
  EXPECT_EQ(there.to(meta()).shape(), there.shape());
  const char* none = "(2, 3) is on meta, which has none; use a device that computes";
  EXPECT_EQ(message_of<DeviceError>([&] { there.to("cpu"); }),
            std::string("to: must read values, but the tensor ") + none);
  EXPECT_EQ(message_of<DeviceError>([&] { there.to_vector<float>(); }),
            std::string("to_vector: must read values, but the tensor ") + none);
  EXPECT_EQ(message_of<DeviceError>([&] { there.data<float>(); }),
            std::string("data: must read values, but the tensor ") + none);
  EXPECT_EQ(message_of<DeviceError>([&] {
              ones({2, 3}).copy_(there);
            }),
            std::string("copy_: must read values, but the source ") + none);
  Tensor target = there;
  EXPECT_NO_THROW(target.copy_(ones({2, 3})));
  float value = 0;
  EXPECT_EQ(message_of<BackendError>([&] { meta().backend().copy_to_host(&value, nullptr, 0, 4); }),
            "meta: tensors there have no values: nothing can be copied to the host");
}

TEST(Meta, WhatNeedsValuesForItsShapeSaysSo) {
  const Tensor index = empty({4}, {.dtype = int64, .device = meta()});
  EXPECT_THAT(message_of<DeviceError>([&] { one_hot(index); }),
              StartsWith("one_hot: must read values, but the index (4) is on meta"));
  EXPECT_EQ(one_hot(index, 7).shape(), (Shape{4, 7}));
  EXPECT_THAT(message_of<DeviceError>([&] { repeat_interleave(ones({4}, meta()), index); }),
              StartsWith("repeat_interleave: must read values, but times (4) is on meta"));
  EXPECT_EQ(repeat_interleave(ones({4}, meta()), 3).shape(), (Shape{12}));
}

TEST(Meta, ChecksOfValuesAreLeftOut) {
  const Tensor x = empty({3, 3}, meta());
  const Tensor whole = zeros({3, 3}, {.dtype = int64, .device = meta()});
  EXPECT_EQ(floor_divide(whole, whole).dtype(), int64);
  EXPECT_EQ(gather(x, 0, whole).shape(), (Shape{3, 3}));
  EXPECT_EQ(linalg::inv(x).shape(), (Shape{3, 3}));
  EXPECT_EQ(linalg::lstsq(empty({5, 3}, meta()), empty({5, 2}, meta())).residuals.shape(),
            (Shape{2}));
  EXPECT_EQ(multinomial(x, 2).shape(), (Shape{3, 2}));
  EXPECT_EQ(bernoulli(x).shape(), (Shape{3, 3}));
  EXPECT_EQ(histc(x, 5).shape(), (Shape{5}));
  EXPECT_EQ(cross_entropy(x, zeros({3}, {.dtype = int64, .device = meta()})).shape(), (Shape{}));
}

TEST(Meta, PrintsItsForm) {
  EXPECT_EQ(zeros({2, 3}, {.dtype = bfloat16, .device = meta()}).to_string(),
            "tensor (2, 3) bfloat16 on meta");
  EXPECT_EQ(zeros({}, meta()).to_string(), "tensor () float32 on meta");
}

TEST(Meta, BackwardGivesGradientsOfEveryForm) {
  const Tensor w = empty({3, 4}, {.device = meta(), .requires_grad = true});
  const AnomalyGuard anomalies;
  matmul(empty({2, 3}, meta()), w).square().sum().backward();
  EXPECT_EQ(w.grad().shape(), (Shape{3, 4}));
  EXPECT_EQ(w.grad().device(), meta());
}

TEST(Meta, StreamsMoveOnAsElsewhere) {
  Generator here(3), there(3);
  rand({7, 5}, {}, &here);
  randperm(9, {}, &here);
  rand({7, 5}, meta(), &there);
  randperm(9, meta(), &there);
  EXPECT_EQ(there.state().offset, here.state().offset);
  EXPECT_GT(there.state().offset, 0U);
}

TEST(Meta, AProfileCountsBytesAndOperations) {
  const Tensor a = empty({4, 5}, meta());
  auto profiler = profile();
  matmul(a, a.t());
  const Profile result = profiler.stop();
  ASSERT_EQ(result.families.size(), 1U);
  EXPECT_EQ(result.families[0].device, "meta");
  EXPECT_EQ(result.families[0].bytes, 4 * (20 + 20 + 16));
  EXPECT_EQ(result.families[0].flops, 2 * 4 * 5 * 4);
  EXPECT_THAT(result.table(), HasSubstr("meta"));
}

TEST(Meta, CanBeTheDefaultDevice) {
  set_default_device(meta());
  const nn::Linear layer(1 << 20, 1 << 20);
  const Tensor x = ones({3, 1 << 20});
  set_default_device("cpu");
  EXPECT_EQ(layer.weight.device(), meta());
  EXPECT_EQ(x.device(), meta());
}

}  // namespace
}  // namespace ct::test
