// Division and its remainders, powers, extremes and sums of logarithms where PyTorch fixes a value:
// signs, zeros, NaN, infinities, ties, integers.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;
using test::near;
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

Tensor ints(std::initializer_list<int> values) { return tensor(values).to(int32); }

TEST(Division, RoundsDownOrTowardsZero) {
  const Tensor a = ints({7, -7, 7, -7}), b = ints({2, 2, -2, -2});
  EXPECT_EQ(floor_divide(a, b).to_vector<int>(), (std::vector<int>{3, -4, -4, 3}));
  EXPECT_EQ(div(a, b, RoundingMode::floor).to_vector<int>(), (std::vector<int>{3, -4, -4, 3}));
  EXPECT_EQ(div(a, b, RoundingMode::trunc).to_vector<int>(), (std::vector<int>{3, -3, -3, 3}));
  EXPECT_EQ(div(a, b, RoundingMode::trunc).dtype(), int32);
  EXPECT_EQ((a % b).to_vector<int>(), (std::vector<int>{1, 1, -1, -1}));
  EXPECT_EQ(fmod(a, b).to_vector<int>(), (std::vector<int>{1, -1, 1, -1}));
  EXPECT_EQ(remainder(-7, b).to_vector<int>(), (std::vector<int>{1, 1, -1, -1}));
}
TEST(Division, OfFloatsIsExactInTheRemainder) {
  // 1 / 0.1 is 10 in float, but 0.1 is more than a tenth: PyTorch gives 9 and 0.1.
  EXPECT_EQ(floor_divide(tensor({1.f}), tensor({0.1f})).item<float>(), 9.f);
  EXPECT_EQ(remainder(tensor({1.f}), tensor({0.1f})).item<float>(), std::fmod(1.f, 0.1f));
  EXPECT_EQ(fmod(tensor({1e30f}), 7.0).item<float>(), std::fmod(1e30f, 7.f));
}
TEST(Division, OfFloatsByZeroFollowsIeee) {
  const Tensor a = tensor({1.f, -1.f, 0.f});
  EXPECT_TRUE(near(floor_divide(a, 0.0), {kInfinity, -kInfinity, kNan}, 0));
  EXPECT_TRUE(near(remainder(a, 0.0), {kNan, kNan, kNan}, 0));
  EXPECT_TRUE(near(fmod(a, kInfinity), {1, -1, 0}, 0));
  EXPECT_TRUE(near(remainder(a, kInfinity), {1, kInfinity, 0}, 0));
}
TEST(Division, OfIntegersByZeroIsAnError) {
  const Tensor a = ints({7, 8, 9}), b = ints({1, 0, 2});
  EXPECT_EQ(message_of<ValueError>([&] { floor_divide(a, b); }),
            "floor_divide: integer division by zero: element 1 of the divisor int32 (3) is 0; mask "
            "it out, or divide floats");
  EXPECT_EQ(message_of<ValueError>([&] { remainder(a, 0); }),
            "remainder: integer division by zero: int32 (3) by the number 0; divide floats, or by "
            "0.0");
  EXPECT_THROW(fmod(a, b), ValueError);
  EXPECT_THROW(a % b, ValueError);
  EXPECT_THROW(remainder(7, b), ValueError);
  EXPECT_THROW(div(a, b, RoundingMode::floor), ValueError);
  EXPECT_THROW(div(a, 0, RoundingMode::trunc), ValueError);
  Tensor c = a.clone();
  EXPECT_THROW(c.floor_divide_(b), ValueError);
  EXPECT_THROW(c %= 0, ValueError);
  EXPECT_EQ(c.to_vector<int>(), a.to_vector<int>());
  EXPECT_TRUE(std::isinf((a / b).to_vector<float>()[1]));  // true division is of floats
  EXPECT_EQ(floor_divide(a, 0.0).dtype(), float32);
  EXPECT_EQ(floor_divide(zeros({0}, {.dtype = int32}), b.narrow(0, 1, 1)).numel(), 0);
}
TEST(Division, OfTheLowestIntegerByMinusOneWraps) {
  const int32_t lowest = std::numeric_limits<int32_t>::min();
  const Tensor a = full({9}, lowest, {.dtype = int32});
  EXPECT_EQ(floor_divide(a, -1).to_vector<int>()[8], lowest);
  EXPECT_EQ(remainder(a, -1).to_vector<int>()[0], 0);
  EXPECT_EQ(
      fmod(full({1}, std::numeric_limits<int64_t>::min(), {.dtype = int64}), -1).item<int64_t>(),
      0);
}

TEST(Pow, OfIntegersIsExactAndWraps) {
  EXPECT_EQ(pow(ints({3, -3, 2}), 5).to_vector<int>(), (std::vector<int>{243, -243, 32}));
  EXPECT_EQ(pow(tensor({int64_t{3}}), 39).item<int64_t>(), 4052555153018976267);
  EXPECT_EQ(pow(ints({2}), 32).item<int>(), 0);
  EXPECT_EQ(pow(2, ints({0, 1, 30})).to_vector<int>(), (std::vector<int>{1, 2, 1 << 30}));
  EXPECT_EQ(pow(ints({2, 1, -1}), ints({-1, -1, -3})).to_vector<int>(),
            (std::vector<int>{0, 1, -1}));
  EXPECT_THROW(pow(ints({2}), -1), ValueError);
}
TEST(Pow, OfFloatsToIntegersIsExactWhereItCanBe) {
  for (const int base : {3, 5, 7, -3}) {
    for (int e = 0; e < 9; ++e) {
      const double exact = std::pow(base, e);
      if (std::abs(exact) > 1 << 24) continue;
      EXPECT_EQ(pow(tensor({static_cast<float>(base)}), e).item<float>(), exact);
    }
  }
}
TEST(Pow, IntegersToAFloatAreFloats) {
  EXPECT_EQ(pow(ints({3}), 2.0).dtype(), float32);
  EXPECT_EQ(pow(ints({4}), 0.5).item<float>(), 2.f);
  EXPECT_EQ(pow(ints({4}), 2).dtype(), int32);
}

TEST(Extremes, NanWinsOrLoses) {
  const Tensor a = tensor({1.f, kNan, 3.f, kNan}), b = tensor({2.f, 2.f, kNan, kNan});
  EXPECT_TRUE(near(maximum(a, b), {2, kNan, kNan, kNan}, 0));
  EXPECT_TRUE(near(fmax(a, b), {2, 2, 3, kNan}, 0));
  EXPECT_TRUE(near(fmin(a, b), {1, 2, 3, kNan}, 0));
}
TEST(Extremes, OfTiesTheFirstHasTheGradientOfFmax) {
  Tensor a = tensor({1.f}, {.requires_grad = true}), b = tensor({1.f}, {.requires_grad = true});
  fmax(a, b).sum().backward();
  EXPECT_EQ(a.grad().item<float>(), 1.f);
  EXPECT_EQ(b.grad().item<float>(), 0.f);
}

TEST(Atan2, KnowsTheQuadrantsAndTheSignsOfZero) {
  const float pi = std::numbers::pi_v<float>;
  const Tensor y = tensor({0.f, -0.f, 1.f, 0.f, -0.f, kInfinity, -1.f});
  const Tensor x = tensor({1.f, 1.f, 0.f, -1.f, -1.f, -kInfinity, -kInfinity});
  EXPECT_TRUE(near(atan2(y, x), {0, -0.0, pi / 2, pi, -pi, 3 * pi / 4, -pi}, 1e-7));
  EXPECT_TRUE(std::signbit(atan2(y, x).to_vector<float>()[1]));
}
TEST(Hypot, NeitherOverflowsNorVanishes) {
  const Tensor a = tensor({3e38f, 3e-30f, kInfinity, 0.f, 1e-44f});
  const Tensor b = tensor({1e38f, 4e-30f, kNan, 0.f, 0.f});
  const auto h = hypot(a, b).to_vector<float>();
  EXPECT_NEAR(h[0], 3.1622777e38, 1e32);
  EXPECT_NEAR(h[1], 5e-30, 1e-36);
  EXPECT_EQ(h[2], kInfinity);
  EXPECT_EQ(h[3], 0.f);
  EXPECT_EQ(h[4], 1e-44f);
}
TEST(Logaddexp, OfInfinitiesAndDistantNumbers) {
  const Tensor a = tensor({kInfinity, -kInfinity, -kInfinity, 1000.f, kNan});
  const Tensor b = tensor({kInfinity, -kInfinity, 3.f, 1000.f, 1.f});
  EXPECT_TRUE(near(logaddexp(a, b), {kInfinity, -kInfinity, 3, 1000 + std::log(2.0), kNan}, 1e-7));
}
TEST(Logaddexp, HasItsSecondDerivativeAtTies) {
  Tensor a = tensor({1.0}, {.dtype = float64, .requires_grad = true});
  const Tensor b = tensor({1.0}, {.dtype = float64});
  const Tensor g = grad({logaddexp(a, b).sum()}, {a}, {.create_graph = true})[0];
  EXPECT_DOUBLE_EQ(g.item<double>(), 0.5);
  EXPECT_DOUBLE_EQ(grad({g.sum()}, {a})[0].item<double>(), 0.25);
}
TEST(Lerp, IsExactAtBothEnds) {
  const Tensor a = tensor({1e8f, 0.1f}), b = tensor({1.f, 0.7f});
  EXPECT_EQ(lerp(a, b, 0.0).to_vector<float>(), a.to_vector<float>());
  EXPECT_EQ(lerp(a, b, 1.0).to_vector<float>(), b.to_vector<float>());
}

TEST(InPlace, ChangesTheTensorAndItsVersion) {
  Tensor x = tensor({1.f, 4.f});
  const uint32_t version = x.version();
  x.sqrt_().neg_().exp_();
  EXPECT_EQ(x.version(), version + 3);
  EXPECT_TRUE(near(x, {std::exp(-1.0), std::exp(-2.0)}, 1e-7));
  Tensor i = ints({7, -7});
  i %= 4;
  EXPECT_EQ(i.to_vector<int>(), (std::vector<int>{3, 1}));
}
TEST(InPlace, OnALeafThatNeedsItsGradientIsAnError) {
  Tensor x = tensor({1.f}, {.requires_grad = true});
  EXPECT_EQ(
      message_of<AutogradError>([&] { x.exp_(); }),
      "exp_: the tensor (1) is a leaf that requires grad: changing it in place would lose its "
      "gradient; do it inside a NoGradGuard, or out of place");
  EXPECT_THROW(x.clamp_(0, 1), AutogradError);
  EXPECT_THROW(x.pow_(2), AutogradError);
}
TEST(InPlace, ASavedTensorThatChangedIsAnError) {
  Tensor x = tensor({1.f}, {.requires_grad = true});
  Tensor y = x * 2.0;
  const Tensor z = y.sin();
  y.exp_();
  EXPECT_THROW(z.sum().backward(), AutogradError);
}
TEST(InPlace, FloatsDoNotFitInIntegers) {
  Tensor i = ints({4, 9});
  EXPECT_THROW(i.sqrt_(), DTypeError);
  EXPECT_THROW(i.div_(2), DTypeError);
  EXPECT_EQ(i.div_(2, RoundingMode::floor).to_vector<int>(), (std::vector<int>{2, 4}));
}

}  // namespace
}  // namespace ct
