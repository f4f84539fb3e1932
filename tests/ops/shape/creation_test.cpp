// Making tensors from values, ranges and borrowed memory.
#include <gtest/gtest.h>

#include <array>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;

TEST(Creation, BracesNestThreeDeep) {
  const Tensor t = tensor({{{1, 2}, {3, 4}, {5, 6}}, {{7, 8}, {9, 10}, {11, 12}}});
  EXPECT_EQ(t.shape(), (Shape{2, 3, 2}));
  EXPECT_EQ(t.dtype(), int64);
  EXPECT_EQ(t.index({1, 2, 0}).item<int>(), 11);
  EXPECT_EQ(tensor({{1.0, 2.0}}).dtype(), float32);
  EXPECT_EQ(tensor({{true}, {false}}).dtype(), bool_);
  EXPECT_EQ(tensor({{{true}}}).shape(), (Shape{1, 1, 1}));
}
TEST(Creation, RaggedBracesAreRefused) {
  EXPECT_EQ(message_of<ShapeError>([] {
              tensor({{1, 2}, {3}});
            }),
            "tensor: rows differ in length: row 0 has 2 values, row 1 has 1");
  EXPECT_THROW(tensor({{{1, 2}}, {{3}}}), ShapeError);
  EXPECT_THROW(tensor({{{1, 2}}, {{3, 4}, {5, 6}}}), ShapeError);
}
// int and double are what literals are when nobody says: int64 and float32, as in PyTorch.
TEST(Creation, AWrittenTypeIsKept) {
  EXPECT_EQ(tensor<uint8_t>({200}).dtype(), uint8);
  EXPECT_EQ(tensor<uint8_t>({200}).item<int>(), 200);
  EXPECT_EQ(tensor<int32_t>({1, 2}).dtype(), int32);
  EXPECT_EQ(tensor<double>({0.1, 2}).dtype(), float64);
  EXPECT_EQ(tensor<double>({0.1}).item<double>(), 0.1);
  EXPECT_EQ(tensor<float>({{1, 2}, {3, 4}}).dtype(), float32);
  EXPECT_EQ(tensor<uint8_t>({{{1, 2}}}).dtype(), uint8);
  EXPECT_EQ(tensor<uint8_t>({{{1, 2}}}).shape(), (Shape{1, 1, 2}));
  EXPECT_EQ(tensor<double>(0.1).dtype(), float64);
  EXPECT_EQ(tensor<bool>({true, false}).dtype(), bool_);
  EXPECT_EQ(tensor<Half>({Half(1.5F)}).dtype(), float16);
  EXPECT_EQ(tensor<uint8_t>({1, 2}, {.dtype = float32}).dtype(), float32);
}

TEST(Creation, TheTypeOfAVariableIsKept) {
  const uint8_t byte = 200;
  const int64_t big = int64_t{1} << 40;
  EXPECT_EQ(tensor({byte, byte}).dtype(), uint8);
  EXPECT_EQ(tensor(byte).dtype(), uint8);
  EXPECT_EQ(tensor({big}).item<int64_t>(), big);
  EXPECT_EQ(tensor({Half(1.5F)}).dtype(), float16);
  EXPECT_EQ(tensor({1, 2}).dtype(), int64);
  EXPECT_EQ(tensor(1).dtype(), int64);
  EXPECT_EQ(tensor({1.0}).dtype(), float32);
  EXPECT_EQ(tensor(1.0).dtype(), float32);
}

TEST(Creation, VectorsAndSpansKeepTheirType) {
  EXPECT_EQ(tensor(std::vector<double>{1, 2}).dtype(), float64);
  EXPECT_EQ(tensor(std::vector<int32_t>{1, 2}).dtype(), int32);
  const Tensor b = tensor(std::vector<bool>{true, false, true});
  EXPECT_EQ(b.dtype(), bool_);
  EXPECT_EQ(b.to_vector<int>(), (std::vector<int>{1, 0, 1}));
  const std::array<float, 3> values{1, 2, 3};
  EXPECT_EQ(tensor(std::span<const float>(values)).to_vector<float>(),
            (std::vector<float>{1, 2, 3}));
}
TEST(Creation, RangesChooseTheirTypeByTheirNumbers) {
  EXPECT_EQ(arange(5).dtype(), int64);
  EXPECT_EQ(arange(0, 1, 0.25).dtype(), float32);
  EXPECT_EQ(arange(5.0).dtype(), float32);
  EXPECT_EQ(arange(0, 5, 2, {.dtype = uint8}).to_vector<int>(), (std::vector<int>{0, 2, 4}));
  EXPECT_EQ(arange(5, -1, -2).to_vector<int>(), (std::vector<int>{5, 3, 1}));
  EXPECT_EQ(arange(3, 3).numel(), 0);
  const int64_t big = (int64_t{1} << 60) + 1;
  EXPECT_EQ(arange(big, big + 3).to_vector<int64_t>(),
            (std::vector<int64_t>{big, big + 1, big + 2}));
  EXPECT_EQ(logspace(0, 3, 4).to_vector<float>(), (std::vector<float>{1, 10, 100, 1000}));
  EXPECT_EQ(logspace(0, 3, 4, 2.0, {.dtype = float64}).to_vector<double>(),
            (std::vector<double>{1, 2, 4, 8}));
  EXPECT_EQ(eye(2, 3).to_vector<int>(), (std::vector<int>{1, 0, 0, 0, 1, 0}));
  EXPECT_EQ(eye(3, 2).sum().item<int>(), 2);
  EXPECT_THROW(logspace(0, 1, -1), ValueError);
  EXPECT_THROW(eye(2, -1), ShapeError);
}
TEST(Creation, LikeTakesWhatTheOptionsLeaveOpen) {
  const Tensor x = ones({2, 3}, {.dtype = float64});
  EXPECT_EQ(zeros_like(x).dtype(), float64);
  const Tensor y = full_like(x.t(), 2, {.dtype = int32});
  EXPECT_EQ(y.dtype(), int32);
  EXPECT_EQ(y.shape(), (Shape{3, 2}));
  EXPECT_TRUE(y.is_contiguous());
  EXPECT_TRUE(ones_like(x, {.requires_grad = true}).requires_grad());
  EXPECT_EQ(randint_like(x, 0, 3).dtype(), float64);
}
TEST(FromBlob, SeesTheMemoryThroughItsStrides) {
  float values[] = {1, 2, 3, 4, 5, 6};
  Tensor columns = from_blob(values, {3, 2}, {1, 3});
  EXPECT_EQ(columns.to_vector<int>(), (std::vector<int>{1, 4, 2, 5, 3, 6}));
  columns.select(1, 0).fill_(9);
  EXPECT_EQ(values[2], 9);
  EXPECT_EQ(from_blob(values + 5, {3}, {-2}).to_vector<int>(), (std::vector<int>{6, 4, 9}));
  EXPECT_EQ(from_blob(values, {2, 2}, {0, 1}).to_vector<int>(), (std::vector<int>{9, 9, 9, 9}));
}
TEST(FromBlob, CallsTheDeleterWhenTheLastViewIsGone) {
  auto* memory = new float[4]{1, 2, 3, 4};
  int calls = 0;
  Tensor view;
  {
    const Tensor t = from_blob(memory, {4}, [&](void* p) {
      delete[] static_cast<float*>(p);
      ++calls;
    });
    view = t.slice(0, Slice(2, 4));
  }
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(view.sum().item<float>(), 7);
  view = Tensor();
  EXPECT_EQ(calls, 1);
}
TEST(FromBlob, RefusesWhatIsNoTensor) {
  EXPECT_EQ(message_of<ValueError>([] { from_blob(static_cast<float*>(nullptr), {2}); }),
            "from_blob: null memory for shape (2)");
  float value = 0;
  EXPECT_EQ(message_of<ShapeError>([&] {
              from_blob(&value, {1, 1}, {1});
            }),
            "from_blob: shape (1, 1) and strides (1) differ in rank");
  EXPECT_EQ(from_blob(static_cast<float*>(nullptr), {0}).numel(), 0);
}

}  // namespace
}  // namespace ct
