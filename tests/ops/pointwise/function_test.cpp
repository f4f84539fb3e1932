// Functions of one tensor at their special values, clamp's bounds, and what gradients at kinks are.
#include <gtest/gtest.h>

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
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// d sum(f(x)) / dx
template <class F>
std::vector<double> slopes(const std::vector<float>& values, F f) {
  Tensor x = tensor(values, {.requires_grad = true});
  f(x).sum().backward();
  return x.grad().to_vector<double>();
}

TEST(Functions, AreExactWhereTheResultIs) {
  EXPECT_EQ(log2(tensor({8.f, 0.125f})).to_vector<float>(), (std::vector<float>{3, -3}));
  EXPECT_EQ(log10(tensor({1000.f, 1e10f})).to_vector<float>(), (std::vector<float>{3, 10}));
  EXPECT_EQ(exp2(tensor({5.f, -126.f})).to_vector<float>(), (std::vector<float>{32, 0x1p-126f}));
}
TEST(Functions, OutsideOfTheirDomainGiveNan) {
  for (const auto& y : {asin(tensor({1.5f})), acos(tensor({-2.f})), acosh(tensor({0.5f})),
                        atanh(tensor({2.f})), erfinv(tensor({1.5f})), log2(tensor({-1.f})),
                        logit(tensor({2.f})), digamma(tensor({-2.f}))}) {
    EXPECT_TRUE(std::isnan(y.item<float>())) << y;
  }
}
TEST(Functions, AtTheEdgesOfTheirDomain) {
  EXPECT_TRUE(near(erfinv(tensor({-1.f, 1.f})), {-kInfinity, kInfinity}, 0));
  EXPECT_TRUE(near(atanh(tensor({-1.f, 1.f})), {-kInfinity, kInfinity}, 0));
  EXPECT_TRUE(near(logit(tensor({0.f, 1.f})), {-kInfinity, kInfinity}, 0));
  EXPECT_TRUE(near(lgamma(tensor({-2.f, kInfinity})), {kInfinity, kInfinity}, 0));
  EXPECT_TRUE(near(polygamma(1, tensor({-2.f, 0.f})), {kInfinity, kInfinity}, 0));
  EXPECT_TRUE(near(frac(tensor({-1.25f, 2.5f})), {-0.25, 0.5}, 0));
}
TEST(Functions, OfIntegersAreFloats) {
  EXPECT_EQ(tan(tensor({1})).dtype(), float32);
  EXPECT_EQ(floor(tensor({1})).dtype(), int64);
  EXPECT_EQ(lgamma(tensor({5})).item<float>(), std::lgamma(5.f));
}
TEST(Functions, RoundHalvesToEven) {
  EXPECT_EQ(round(tensor({0.5f, 1.5f, 2.5f, -0.5f})).to_vector<float>(),
            (std::vector<float>{0, 2, 2, -0.f}));
}
TEST(Polygamma, OfANegativeOrderIsAnError) {
  EXPECT_EQ(message_of<ValueError>([] { polygamma(-1, ones({1})); }),
            "polygamma: n is the number of a derivative, >= 0: -1");
  EXPECT_TRUE(near(polygamma(0, tensor({1.f})), {-0.5772156649}, 1e-7));
}

TEST(Activations, KeepIntegersWhoseLimitsAreWhole) {
  const Tensor x = tensor({5, -3});
  EXPECT_EQ(hardtanh(x, -2, 2).dtype(), int64);
  EXPECT_TRUE(near(hardtanh(x, -2, 2), {2, -2}, 0));
  EXPECT_EQ(threshold(x, 1, 7).dtype(), int64);
  EXPECT_TRUE(near(threshold(x, 1, 7), {5, 7}, 0));
  EXPECT_EQ(hardtanh(x, -0.5, 0.5).dtype(), float32);
}
TEST(Square, OfBoolsIsOfIntegers) { EXPECT_EQ(square(tensor({true, false})).dtype(), int64); }
TEST(Floor, PassesZerosOn) {
  const Tensor x = tensor({1.5, -2.5}, {.requires_grad = true});
  for (const auto f : {floor, ceil, round, trunc, sign}) {
    const Tensor g = grad({(f(x) * 2).sum()}, {x})[0];
    EXPECT_TRUE(near(g, {0, 0}, 0));
    EXPECT_EQ(g.dtype(), float32);
  }
  // Broadcast and converted, too.
  const Tensor y = tensor({2.0}, {.dtype = float64, .requires_grad = true});
  EXPECT_TRUE(near(grad({div(x, y, RoundingMode::floor).sum()}, {y})[0], {0}, 0));
}
TEST(Clamp, BoundsOfTensorsBroadcastAndPassNan) {
  const Tensor x = tensor({{-2.f, 0.f, 2.f}, {kNan, 1.f, 5.f}});
  const Tensor low = tensor({-1.f, 0.5f, kNan}), high = tensor({{1.f}, {3.f}});
  EXPECT_TRUE(near(clamp(x, low, high), {-1, 0.5, kNan, kNan, 1, kNan}, 0));
  EXPECT_TRUE(near(clamp(x, Tensor(), high), {-2, 0, 1, kNan, 1, 3}, 0));
  EXPECT_THROW(clamp(x, Tensor(), Tensor()), ValueError);
}
TEST(Clamp, ANumberThatIsNanAsBoundGivesNan) {
  const Tensor x = tensor({-2.0, 0.5}, {.requires_grad = true});
  EXPECT_TRUE(near(clamp(x, kNan), {kNan, kNan}, 0));
  EXPECT_TRUE(near(clamp(x, std::nullopt, kNan), {kNan, kNan}, 0));
  EXPECT_TRUE(near(clamp(x, 0, kNan), {kNan, kNan}, 0));
  const Tensor y = clamp(x, kNan, 1);
  EXPECT_TRUE(near(y, {kNan, kNan}, 0));
  y.sum().backward();
  EXPECT_TRUE(near(x.grad(), {0, 0}, 0));
  EXPECT_TRUE(near(clamp(tensor({1, 2}), kNan), {kNan, kNan}, 0));
  EXPECT_TRUE(near(tensor({1.0}).clamp_(kNan), {kNan}, 0));
}
TEST(Clamp, TheHighBoundWinsWhereTheyCross) {
  EXPECT_EQ(clamp(tensor({0.f, 5.f, 9.f}), 6, 2).to_vector<float>(), (std::vector<float>{2, 2, 2}));
}
TEST(Clamp, GivesItsGradientToWhatItReturns) {
  Tensor x = tensor({-2.f, -1.f, 0.f, 3.f}, {.requires_grad = true});
  Tensor low = tensor({-1.f}, {.requires_grad = true}),
         high = tensor({1.f}, {.requires_grad = true});
  clamp(x, low, high).sum().backward();
  EXPECT_TRUE(near(x.grad(), {0, 1, 1, 0}, 0));
  EXPECT_EQ(low.grad().item<float>(), 1.f);
  EXPECT_EQ(high.grad().item<float>(), 1.f);
}
TEST(NanToNum, ReplacesByTheDtypesLimits) {
  const Tensor x = tensor({kNan, kInfinity, -kInfinity, 1.f});
  const float most = std::numeric_limits<float>::max();
  EXPECT_EQ(nan_to_num(x).to_vector<float>(), (std::vector<float>{0, most, -most, 1}));
  EXPECT_EQ(nan_to_num(x, 7, 8, 9).to_vector<float>(), (std::vector<float>{7, 8, 9, 1}));
  EXPECT_EQ(nan_to_num(x.to(float16)).to_vector<float>()[1], 65504.f);
  EXPECT_EQ(nan_to_num(tensor({3})).to_vector<int>(), (std::vector<int>{3}));
}

TEST(Activations, AtTheirKinksHavePyTorchsGradients) {
  EXPECT_EQ(slopes({0}, [](const Tensor& x) { return elu(x, 2.0); })[0], 2.0);
  EXPECT_EQ(slopes({0}, [](const Tensor& x) { return celu(x, 2.0); })[0], 1.0);
  EXPECT_NEAR(slopes({0}, selu)[0], 1.0507009873554805 * 1.6732632423543772, 1e-6);
  EXPECT_EQ(slopes({0, 6}, relu6), (std::vector<double>{0, 0}));
  EXPECT_EQ(slopes({-1, 1}, [](const Tensor& x) { return hardtanh(x); }),
            (std::vector<double>{0, 0}));
  EXPECT_EQ(slopes({-3, 3}, hardsigmoid), (std::vector<double>{0, 0}));
  // At 3 PyTorch's vectors give 1 and the rest of a row 1.5.
  EXPECT_EQ(slopes({-3, 3, 4}, hardswish), (std::vector<double>{0, 1, 1}));
  EXPECT_EQ(slopes({-0.5f, 0.5f, 2}, [](const Tensor& x) { return hardshrink(x); }),
            (std::vector<double>{0, 0, 1}));
  EXPECT_EQ(slopes({0}, softsign)[0], 1.0);
  EXPECT_EQ(slopes({0}, [](const Tensor& x) { return softplus(x); })[0], 0.5);
}
TEST(Activations, NeitherOverflowNorLoseNan) {
  const Tensor x = tensor({-1000.f, 1000.f, kNan});
  EXPECT_TRUE(near(softplus(x), {0, 1000, kNan}, 0));
  EXPECT_TRUE(near(logsigmoid(x), {-1000, 0, kNan}, 0));
  EXPECT_TRUE(near(mish(x), {0, 1000, kNan}, 1e-6));
  EXPECT_TRUE(near(relu6(x), {0, 6, kNan}, 0));
  EXPECT_TRUE(near(hardswish(x), {0, 1000, kNan}, 0));
  EXPECT_TRUE(near(hardtanh(x), {-1, 1, kNan}, 0));
  EXPECT_TRUE(near(softshrink(x), {-999.5, 999.5, kNan}, 0));
  EXPECT_TRUE(near(threshold(x, 0, 7), {7, 1000, kNan}, 0));
  EXPECT_EQ(slopes({-1000, 1000}, [](const Tensor& v) { return elu(v); }),
            (std::vector<double>{0, 1}));
}
TEST(Activations, SoftplusIsLinearAboveItsThreshold) {
  EXPECT_EQ(softplus(tensor({25.0}, {.dtype = float64})).item<double>(), 25.0);
  EXPECT_NEAR(softplus(tensor({1.0}, {.dtype = float64}), 2.0).item<double>(),
              std::log1p(std::exp(2.0)) / 2, 1e-15);
}
TEST(Activations, SoftplusHasItsSecondDerivativeAtZero) {
  Tensor x = tensor({0.0}, {.dtype = float64, .requires_grad = true});
  const Tensor g = grad({softplus(x).sum()}, {x}, {.create_graph = true})[0];
  EXPECT_DOUBLE_EQ(grad({g.sum()}, {x})[0].item<double>(), 0.25);
}
TEST(Activations, RejectWrongArguments) {
  EXPECT_EQ(message_of<ShapeError>([] {
              prelu(ones({2, 3, 4}), ones({4}));
            }),
            "prelu: the weight is (4): it must be (1) or (3), one for each channel of (2, 3, 4)");
  EXPECT_EQ(message_of<ShapeError>([] {
              glu(ones({2, 3}));
            }),
            "glu: axis -1 of (2, 3) is to be halved: its size must be even");
  EXPECT_THROW(glu(ones({2, 4}), 2), IndexError);
  EXPECT_THROW(hardtanh(ones({1}), 2, 1), ValueError);
  EXPECT_THROW(softshrink(ones({1}), -1), ValueError);
  EXPECT_THROW(celu(ones({1}), 0), ValueError);
}

}  // namespace
}  // namespace ct
