// Initialisers have the range, mean and deviation that they promise, and the same values for a
// seed.
#include "customtensor/nn/init.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct::nn::init {
namespace {

double largest(const Tensor& t) { return t.abs().max().item<double>(); }
double deviation(const Tensor& t) { return std::sqrt(t.square().mean().item<double>()); }

TEST(Init, FansCountTheFiltersArea) {
  const Fans conv = fans(empty({8, 4, 3, 5}));
  EXPECT_EQ(conv.in, 60);
  EXPECT_EQ(conv.out, 120);
  const Fans matrix = fans(empty({8, 4}));
  EXPECT_EQ(matrix.in, 4);
  EXPECT_EQ(matrix.out, 8);
}

TEST(Init, FansNeedTwoAxes) {
  EXPECT_EQ(test::message_of<ShapeError>([] { fans(empty({8})); }),
            "init: fan_in and fan_out need at least two axes: (8)");
}

TEST(Init, GainsArePyTorchs) {
  EXPECT_EQ(gain(Nonlinearity::linear), 1);
  EXPECT_DOUBLE_EQ(gain(Nonlinearity::tanh), 5.0 / 3);
  EXPECT_DOUBLE_EQ(gain(Nonlinearity::relu), std::sqrt(2.0));
  EXPECT_DOUBLE_EQ(gain(Nonlinearity::leaky_relu, 0.2), std::sqrt(2 / 1.04));
  EXPECT_DOUBLE_EQ(gain(Nonlinearity::selu), 0.75);
}

TEST(Init, UniformStaysInRangeAndFillsIt) {
  Generator generator(1);
  const Tensor t = uniform_(empty({10000}), -2, 6, &generator);
  EXPECT_GE(t.min().item<double>(), -2);
  EXPECT_LT(t.max().item<double>(), 6);
  EXPECT_NEAR(t.mean().item<double>(), 2, 0.1);
}

TEST(Init, NormalHasMeanAndDeviation) {
  Generator generator(1);
  const Tensor t = normal_(empty({10000}), 3, 0.5, &generator);
  EXPECT_NEAR(t.mean().item<double>(), 3, 0.02);
  EXPECT_NEAR(deviation(t - 3), 0.5, 0.02);
}

TEST(Init, ConstantsFill) {
  const Tensor t = empty({3});
  EXPECT_TRUE(test::near(constant_(t, 2.5), {2.5, 2.5, 2.5}, 0));
  EXPECT_TRUE(test::near(ones_(t), {1, 1, 1}, 0));
  EXPECT_TRUE(test::near(zeros_(t), {0, 0, 0}, 0));
}

TEST(Init, WritesIntoAParameterUnrecorded) {
  const Tensor p = zeros({2, 2}, {.requires_grad = true});
  xavier_uniform_(p);
  EXPECT_TRUE(p.is_leaf());
  EXPECT_TRUE(p.requires_grad());
  EXPECT_NE(largest(p), 0);
}

TEST(Init, SameGeneratorGivesTheSameValues) {
  Generator a(7), b(7);
  EXPECT_TRUE(test::near(uniform_(empty({5}), 0, 1, &a), uniform_(empty({5}), 0, 1, &b), 0));
}

TEST(Init, KaimingUniformHasItsBound) {
  Generator generator(1);
  // relu-like gain sqrt(2), fan_in 50
  const double bound = std::sqrt(2.0) * std::sqrt(3.0 / 50);
  const double found = largest(kaiming_uniform_(empty({200, 50}), {}, &generator));
  EXPECT_LE(found, bound * (1 + 1e-6));
  EXPECT_GT(found, 0.999 * bound);
}

TEST(Init, KaimingNormalHasItsDeviation) {
  Generator generator(1);
  const Tensor t = kaiming_normal_(
      empty({200, 50}), {.fan = Fan::out, .nonlinearity = Nonlinearity::linear}, &generator);
  EXPECT_NEAR(deviation(t), 1 / std::sqrt(200.0), 0.001);
}

TEST(Init, XavierHasItsBoundAndDeviation) {
  Generator generator(1);
  const double found = largest(xavier_uniform_(empty({200, 50}), 2.0, &generator));
  const double bound = 2 * std::sqrt(6.0 / 250);
  EXPECT_LE(found, bound * (1 + 1e-6));
  EXPECT_GT(found, 0.999 * bound);
  EXPECT_NEAR(deviation(xavier_normal_(empty({200, 50}), 1.0, &generator)), std::sqrt(2.0 / 250),
              0.001);
}

TEST(Init, RoundsHalfTypesFromFloat32) {
  Generator a(3), b(3);
  const Tensor half = uniform_(empty({100}, {.dtype = bfloat16}), -1, 1, &a);
  const Tensor full = uniform_(empty({100}), -1, 1, &b);
  EXPECT_TRUE(test::near(half, full.to(bfloat16), 0));
}

TEST(Init, RejectsBadRanges) {
  EXPECT_THROW(uniform_(empty({2}), 1, 0), ValueError);
  EXPECT_THROW(normal_(empty({2}), 0, -1), ValueError);
}

}  // namespace
}  // namespace ct::nn::init
