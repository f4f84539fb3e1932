// What reductions give where it is not obvious: nothing, NaN, ties, infinities, types.
#include "customtensor/ops/reduce.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;
using test::near;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

/// The gradient of the sum of f(x).
template <class F>
Tensor slope_of(F f, const Tensor& x) {
  Tensor leaf = x.to(float64).detach().requires_grad_();
  return grad({f(leaf).sum()}, {leaf})[0];
}

TEST(Reduce, OfNothingGivesTheNeutralElement) {
  const Tensor none = zeros({0, 3});
  EXPECT_TRUE(near(none.prod({0}), {1, 1, 1}, 0));
  EXPECT_TRUE(near(none.any({0}), {0, 0, 0}, 0));
  EXPECT_TRUE(near(none.all({0}), {1, 1, 1}, 0));
  EXPECT_TRUE(near(none.logsumexp({0}), {-kInf, -kInf, -kInf}, 0));
  EXPECT_TRUE(near(none.norm(), {0}, 0));
  EXPECT_TRUE(near(none.norm(kInf), {0}, 0));
  EXPECT_TRUE(near(none.norm(0.5, {0}), {0, 0, 0}, 0));
  EXPECT_TRUE(near(none.nanmean({0}), {kNan, kNan, kNan}, 0));
  EXPECT_TRUE(near(none.var({0}), {kNan, kNan, kNan}, 0));
  EXPECT_TRUE(near(none.count_nonzero(), {0}, 0));
  EXPECT_EQ(none.prod({1}).shape(), (Shape{0}));
}

TEST(Reduce, OfNothingHasNoExtreme) {
  EXPECT_EQ(message_of<ValueError>([] {
              zeros({0, 3}).amax({0});
            }),
            "amax: no elements to choose from: shape (0, 3)");
  EXPECT_EQ(message_of<ValueError>([] {
              zeros({0, 3}).max(0);
            }),
            "max: no elements to choose from along axis 0: shape (0, 3)");
  EXPECT_EQ(message_of<ValueError>([] { zeros({0}).norm(-kInf); }),
            "norm: no elements to choose from: shape (0), p = -infinity");
  EXPECT_THROW(zeros({0}).argmin(), ValueError);
  EXPECT_EQ(zeros({3, 0}).amin({0}).shape(), (Shape{0}));
}

TEST(Reduce, ANumberCountsAsOneElement) {
  const Tensor x = tensor(3.0);
  EXPECT_TRUE(near(x.sum({-1}, true), x, 0));
  EXPECT_TRUE(near(x.prod({0}), x, 0));
  EXPECT_TRUE(near(x.all(), tensor(true), 0));
  EXPECT_THROW(x.sum({1}), IndexError);
  EXPECT_THROW(x.sum({0, -1}), ValueError);
}

TEST(Reduce, TypesFollowPyTorch) {
  const Tensor i = tensor({2, 3}, {.dtype = int32});
  EXPECT_EQ(i.prod().dtype(), int64);
  EXPECT_EQ(i.logsumexp().dtype(), float32);
  EXPECT_EQ(i.any().dtype(), bool_);
  EXPECT_EQ(i.to(uint8).any().dtype(), uint8);
  EXPECT_EQ(i.nansum().dtype(), int64);
  EXPECT_EQ(i.count_nonzero().dtype(), int64);
  EXPECT_EQ(i.amax().dtype(), int32);
  EXPECT_EQ(message_of<DTypeError>([&] { i.var(); }),
            "var: the tensor is int32: it must be floating; convert with .to(ct::float32)");
  EXPECT_THROW(i.std(), DTypeError);
  EXPECT_THROW(i.norm(), DTypeError);
  EXPECT_THROW(i.nanmean(), DTypeError);
}

TEST(Reduce, CountsOf256DoNotWrapToNone) {
  EXPECT_TRUE(near(ones({256}, {.dtype = uint8}).any(), {1}, 0));
}

TEST(Reduce, NanIsNotZeroAndWins) {
  const Tensor x = tensor({{1.0, kNan}, {0.0, 0.0}});
  EXPECT_TRUE(near(x.any({1}), {1, 0}, 0));
  EXPECT_TRUE(near(x.all({1}), {1, 0}, 0));
  EXPECT_TRUE(near(x.count_nonzero(), {2}, 0));
  EXPECT_TRUE(near(x.nansum({1}), {1, 0}, 0));
  EXPECT_TRUE(near(x.nanmean({1}), {1, 0}, 0));
  EXPECT_TRUE(near(aminmax(x, {1}).second, {kNan, 0}, 0));
  EXPECT_TRUE(near(x.max(1).second, {1, 0}, 0));
}

TEST(Reduce, VarianceWithoutDegreesOfFreedomIsPyTorchs) {
  EXPECT_TRUE(near(tensor({1.0, 2.0}).var({}, 3), {kInf}, 0));
  EXPECT_TRUE(near(tensor({1.0, 1.0}).var({}, 3), {kNan}, 0));
  EXPECT_TRUE(near(tensor({1.0}).std(), {kNan}, 0));
  EXPECT_TRUE(near(tensor({1.0, 2.0}).var(), {0.5}, 0));
}

TEST(Reduce, StdOfEqualNumbersHasGradientZero) {
  EXPECT_TRUE(near(slope_of([](const Tensor& x) { return x.std(); }, ones({3})), {0, 0, 0}, 0));
}

TEST(Reduce, HalfTypesDoNotOverflowInBetween) {
  const Tensor big = full({100}, 300.0, {.dtype = float16});
  EXPECT_TRUE(near(big.norm(), {3000}, 1e-3));
  EXPECT_TRUE(near(big.var(), {0}, 0));
  EXPECT_TRUE(near(big.logsumexp(), {304.605}, 1e-3));
}

TEST(Reduce, LogSumExpKeepsInfinities) {
  const Tensor x = tensor({{-kInf, -kInf}, {1000.0, 1000.0}, {-kInf, 3.0}, {kInf, 1.0}});
  EXPECT_TRUE(near(x.logsumexp({1}), {-kInf, 1000 + std::log(2.0), 3, kInf}, 1e-6));
  EXPECT_TRUE(near(slope_of([](const Tensor& t) { return t.logsumexp({1}); }, x.narrow(0, 0, 3)),
                   {0, 0, 0.5, 0.5, 0, 1}, 1e-12));
}

TEST(Reduce, NormsOfEveryOrder) {
  const Tensor x = tensor({3.0, 0.0, -4.0});
  EXPECT_TRUE(near(x.norm(), {5}, 1e-6));
  EXPECT_TRUE(near(x.norm(0), {2}, 0));
  EXPECT_TRUE(near(x.norm(1), {7}, 0));
  EXPECT_TRUE(near(x.norm(kInf), {4}, 0));
  EXPECT_TRUE(near(x.norm(-kInf), {0}, 0));
  EXPECT_TRUE(near(x.norm(-1), {0}, 0));
  EXPECT_TRUE(near(x.norm(3), {std::cbrt(91.0)}, 1e-6));
  EXPECT_THROW(x.norm(kNan), ValueError);
}

TEST(Reduce, NormsHaveGradientZeroAtZero) {
  const auto slope = [](double p, const Tensor& x) {
    return slope_of([p](const Tensor& t) { return t.norm(p); }, x);
  };
  const Tensor origin = zeros({2});
  for (const double p : {0.5, 1.0, 1.5, 2.0, 3.0, kInf, -kInf}) {
    EXPECT_TRUE(near(slope(p, origin), {0, 0}, 0)) << p;
  }
  EXPECT_TRUE(near(slope(0.5, tensor({3.0, 0.0})), {1, 0}, 1e-12));
  EXPECT_TRUE(near(slope(-1, tensor({3.0, 0.0})), {0, 0}, 0));
  EXPECT_TRUE(near(slope(-1, tensor({3.0, 1.0})), {0.0625, 0.5625}, 1e-12));
  EXPECT_TRUE(near(slope(kInf, tensor({3.0, -3.0})), {0.5, -0.5}, 0));
}

TEST(Reduce, ProductsOfZerosHaveTheGradientOfTheOthers) {
  const auto slope = [](const Tensor& x) {
    return slope_of([](const Tensor& t) { return t.prod(); }, x);
  };
  EXPECT_TRUE(near(slope(tensor({2.0, 0.0, 3.0})), {0, 6, 0}, 0));
  EXPECT_TRUE(near(slope(tensor({2.0, 0.0, 0.0})), {0, 0, 0}, 0));
  EXPECT_TRUE(near(slope(tensor(7.0)), {1}, 0));
}

TEST(Reduce, EqualExtremesShareTheGradient) {
  const auto slope = [](const Tensor& x) {
    return slope_of([](const Tensor& t) { return t.max(); }, x);
  };
  EXPECT_TRUE(near(slope(tensor({3.0, 1.0, 3.0})), {0.5, 0, 0.5}, 0));
  EXPECT_TRUE(near(slope(tensor({kNan, 1.0, kNan})), {0.5, 0, 0.5}, 0));
}

/// Units in the last place of a float between the two.
int64_t ulps(float actual, double exact) {
  const float e = static_cast<float>(exact);
  return std::abs(static_cast<int64_t>(std::bit_cast<int32_t>(actual)) - std::bit_cast<int32_t>(e));
}

TEST(Reduce, Float32SumsOf16MillionAreWithinFourUlp) {
  manual_seed(7);
  const Tensor x = rand({16 << 20});
  for (const Shape& shape : {Shape{16 << 20}, Shape{2, 8 << 20}, Shape{8 << 20, 2},
                             Shape{1 << 20, 16}, Shape{4096, 4096}}) {
    for (int axis = 0; axis < shape.rank(); ++axis) {
      const Tensor view = x.reshape(shape);
      const auto sums = view.sum({axis}).to_vector<float>();
      const auto exact = view.to(float64).sum({axis}).to_vector<double>();
      for (size_t i = 0; i < sums.size(); ++i) {
        ASSERT_LE(ulps(sums[i], exact[i]), 4) << to_string(shape) << " axis " << axis;
      }
    }
  }
}

}  // namespace
}  // namespace ct
