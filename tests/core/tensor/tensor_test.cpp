// The tensor handle: facts, host access, views' storage, errors.
#include "customtensor/tensor.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;
using Values = std::vector<float>;

TEST(Tensor, HoldsLiterals) {
  const Tensor t = tensor({{1.f, 2.f, 3.f}, {4.f, 5.f, 6.f}});
  EXPECT_EQ(t.shape(), (Shape{2, 3}));
  EXPECT_EQ(t.dtype(), float32);
  EXPECT_EQ(t.to_vector<float>(), (Values{1, 2, 3, 4, 5, 6}));
}

TEST(Tensor, LiteralsOfIntegersAndDoublesFollowPyTorch) {
  EXPECT_EQ(tensor({1, 2}).dtype(), int64);
  EXPECT_EQ(tensor({1.0, 2.0}).dtype(), float32);
  EXPECT_EQ(tensor({true, false}).dtype(), bool_);
  EXPECT_EQ(tensor({1, 2}, {.dtype = float32}).dtype(), float32);
}

TEST(Tensor, CopiesOfTheHandleShareTheArray) {
  const Tensor a = zeros({2});
  Tensor b = a;
  b.fill_(3);
  EXPECT_EQ(a.to_vector<float>(), (Values{3, 3}));
}

TEST(Tensor, CloneIsIndependent) {
  const Tensor a = zeros({2});
  Tensor b = a.clone();
  b.fill_(3);
  EXPECT_EQ(a.to_vector<float>(), (Values{0, 0}));
}

TEST(Tensor, ItemConvertsAndNeedsOneElement) {
  EXPECT_EQ(tensor({7}).item<double>(), 7.0);
  EXPECT_EQ(tensor({2.5f}).item<int>(), 2);
  EXPECT_EQ(message_of<ValueError>([] {
              zeros({2, 3}).item<float>();
            }),
            "item: the tensor has 6 elements: (2, 3); index one of them");
}

TEST(Tensor, ItemRefusesWhatTheTypeCannotHold) {
  EXPECT_EQ(tensor({255}).item<uint8_t>(), 255);
  EXPECT_EQ(message_of<ValueError>([] { tensor({300}).item<uint8_t>(); }),
            "number: 300 does not fit in uint8");
  EXPECT_EQ(message_of<ValueError>([] { tensor({-1}).item<uint64_t>(); }),
            "number: -1 does not fit in uint64");
  EXPECT_EQ(message_of<ValueError>([] { tensor({3e9F}).item<int>(); }),
            "number: 3000000000 does not fit in int32");
  EXPECT_THROW(tensor({NAN}).item<int64_t>(), ValueError);
  EXPECT_THROW(tensor({0x1p63F}).item<int64_t>(), ValueError);
  EXPECT_EQ(tensor({-0x1p63F}).item<int64_t>(), INT64_MIN);
  EXPECT_EQ(tensor({-0.5F}).item<uint8_t>(), 0);
  EXPECT_TRUE(tensor({NAN}).item<bool>());
}

TEST(Tensor, ItemOfInt64IsExact) {
  const int64_t big = (int64_t{1} << 60) + 1;
  EXPECT_EQ(tensor({big}).item<int64_t>(), big);
}

TEST(Tensor, ToVectorFollowsStridesAndConverts) {
  const Tensor t = arange(6).reshape({2, 3}).t();
  EXPECT_EQ(t.to_vector<int>(), (std::vector<int>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(tensor({0, 2}).to_vector<bool>(), (std::vector<bool>{false, true}));
}

TEST(Tensor, DataChecksTheType) {
  const Tensor t = zeros({2});
  EXPECT_EQ(t.data<float>()[1], 0.0f);
  EXPECT_EQ(message_of<DTypeError>([&] { t.data<double>(); }),
            "data: asked for float64: the tensor (2) is float32; convert with .to(float64)");
}

TEST(Tensor, FromBlobBorrows) {
  float memory[] = {1, 2, 3, 4};
  Tensor t = from_blob(memory, {2, 2});
  t += 1.0;
  EXPECT_EQ(memory[3], 5.0f);
}

TEST(Tensor, CopyFromReplacesElementsAndBumpsTheVersion) {
  Tensor t = zeros({2, 2});
  const uint32_t before = t.version();
  const Values values{1, 2, 3, 4};
  t.copy_from(std::span<const float>(values));
  EXPECT_EQ(t.to_vector<float>(), values);
  EXPECT_GT(t.version(), before);
  const Values three{1, 2, 3};
  EXPECT_EQ(message_of<ValueError>([&] { t.copy_from(std::span<const float>(three)); }),
            "copy_from: 3 values for a tensor of 4 elements: (2, 2)");
}

TEST(Tensor, UndefinedTensorsAreReportedNotCrashed) {
  const Tensor t;
  EXPECT_FALSE(t.defined());
  EXPECT_THROW(t.shape(), ValueError);
  EXPECT_THROW(t.sum(), ValueError);
  EXPECT_THROW(t + t, ValueError);
  EXPECT_THROW(matmul(t, t), ValueError);
}

TEST(Tensor, SizesThatOverflowAreReported) {
  EXPECT_THROW(zeros({int64_t{1} << 40, int64_t{1} << 40}), ShapeError);
  EXPECT_THROW(zeros({-1, 2}), ShapeError);
}

TEST(Tensor, ZeroSizesWork) {
  const Tensor t = zeros({0, 3});
  EXPECT_EQ(t.numel(), 0);
  EXPECT_EQ((t + 1).shape(), (Shape{0, 3}));
  EXPECT_EQ(t.sum().item<float>(), 0.0f);
  EXPECT_EQ(t.sum({0}).to_vector<float>(), (Values{0, 0, 0}));
  EXPECT_EQ(matmul(zeros({2, 0}), zeros({0, 2})).to_vector<float>(), (Values{0, 0, 0, 0}));
  EXPECT_THROW(t.max(), ValueError);
}

TEST(Tensor, RanksAboveEightAreReported) {
  EXPECT_THROW(zeros(std::vector<int64_t>(9, 1)), ShapeError);
}

TEST(Tensor, SetDataKeepsIdentity) {
  Tensor a = zeros({2}, {.requires_grad = true});
  const Tensor alias = a;
  a.set_data(ones({2}));
  EXPECT_EQ(alias.to_vector<float>(), (Values{1, 1}));
  EXPECT_TRUE(alias.requires_grad());
  EXPECT_THROW(a.set_data(ones({3})), ShapeError);
}

TEST(Tensor, ConvertsBetweenAllTypes) {
  const DType all[] = {float32, float64, float16, bfloat16, int32,  int64, uint8,
                       bool_,   int8,    int16,   uint16,   uint32, uint64};
  for (const DType from : all) {
    for (const DType to : all) {
      const Tensor t = tensor({0, 1, 3}).to(from).to(to);
      EXPECT_EQ(t.dtype(), to);
      const double last = from == bool_ || to == bool_ ? 1 : 3;
      EXPECT_EQ(t.to_vector<double>(), (std::vector<double>{0, 1, last})) << name(from) << name(to);
    }
  }
}

TEST(Tensor, ConversionsToIntegersTruncateAndWrap) {
  EXPECT_EQ(tensor({-1.7f, 2.9f}).to(int64).to_vector<int>(), (std::vector<int>{-1, 2}));
  EXPECT_EQ(tensor({257, -1}).to(uint8).to_vector<int>(), (std::vector<int>{1, 255}));
  EXPECT_EQ(tensor({0.5f, 0.f}).to(bool_).to_vector<int>(), (std::vector<int>{1, 0}));
}

}  // namespace
}  // namespace ct
