// The special functions in float64 against an oracle in long double, and at their special values.
#include "core/program/special_functions.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/special_functions.hpp"

namespace ct::special {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNan = std::nan("");

::testing::AssertionResult close(double actual, double expected, double tolerance) {
  if (std::isnan(expected)
          ? std::isnan(actual)
          : actual == expected || std::abs(actual - expected) <= tolerance * std::abs(expected)) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << actual << ", expected " << expected;
}

TEST(SpecialFunctions, LgammaIsTheLogarithmOfFactorials) {
  double factorial = 1;
  for (int n = 1; n <= 20; ++n) {
    EXPECT_TRUE(close(lgamma(n), std::log(factorial), 4e-16)) << n;
    factorial *= n;
  }
  EXPECT_TRUE(close(lgamma(-0.5), std::log(3.5449077018110318), 1e-15));  // |gamma| = 2 sqrt(pi)
  EXPECT_EQ(lgamma(0), kInf);
  EXPECT_EQ(lgamma(-3), kInf);
  EXPECT_EQ(lgamma(kInf), kInf);
  EXPECT_EQ(lgamma(-kInf), kInf);
  EXPECT_TRUE(std::isnan(lgamma(kNan)));
}

TEST(SpecialFunctions, DigammaOfPositiveAndNegativeNumbers) {
  for (double x = 0.0009765625; x < 1e6; x *= 1.03) {
    EXPECT_TRUE(std::abs(digamma(x) - test::digamma(x)) <= 1e-15 * (1 + std::abs(digamma(x)))) << x;
  }
  for (double x = -20.3; x < 0; x += 0.17) {
    EXPECT_TRUE(std::abs(digamma(x) - test::digamma(x)) <= 2e-14 * (1 + std::abs(digamma(x)))) << x;
  }
  EXPECT_TRUE(close(digamma(1), -0.57721566490153286, 1e-15));
}

TEST(SpecialFunctions, DigammaAtItsPoles) {
  EXPECT_EQ(digamma(0.0), -kInf);
  EXPECT_EQ(digamma(-0.0), kInf);
  EXPECT_TRUE(std::isnan(digamma(-2)));
  EXPECT_EQ(digamma(kInf), kInf);
  EXPECT_TRUE(std::isnan(digamma(-kInf)));
  EXPECT_TRUE(std::isnan(digamma(kNan)));
}

TEST(SpecialFunctions, PolygammaOfManyOrders) {
  for (const double n : {1.0, 2.0, 3.0, 7.0, 20.0}) {
    for (double x = 0.02; x < 1000; x *= 1.17) {
      EXPECT_TRUE(close(polygamma(n, x), test::polygamma(n, x), 1e-14)) << n << " " << x;
    }
    // Between poles terms of both signs cancel: the error is that of the largest one.
    for (double x = -5.3; x < 0; x += 0.6) {
      const double nearest = std::pow(std::abs(x - std::nearbyint(x)), -n - 1);
      EXPECT_NEAR(polygamma(n, x), test::polygamma(n, x), 1e-13 * std::tgamma(n + 1) * nearest)
          << n << " " << x;
    }
  }
  EXPECT_TRUE(close(polygamma(1, 1), 1.6449340668482264, 4e-16));  // pi^2 / 6
}

TEST(SpecialFunctions, PolygammaAtSpecialValues) {
  EXPECT_EQ(polygamma(0, 3), digamma(3));
  EXPECT_EQ(polygamma(1, 0), kInf);
  EXPECT_EQ(polygamma(2, -1), -kInf);
  EXPECT_EQ(polygamma(1, kInf), 0);
  for (const double n : {-1.0, 0.5, kNan}) EXPECT_TRUE(std::isnan(polygamma(n, 1))) << n;
  EXPECT_TRUE(std::isnan(polygamma(1, kNan)));
  EXPECT_EQ(polygamma(1001, 0.5), kInf);  // and it ends
}

TEST(SpecialFunctions, ErfinvUndoesErf) {
  for (double x = -0.9999; x < 1; x += 0.0037) {
    EXPECT_TRUE(close(erfinv(x), test::erfinv(x), 4e-16)) << x;
  }
  for (double gap = 0.1; gap > 1e-16; gap /= 3) {
    EXPECT_TRUE(close(erfinv(1 - gap), test::erfinv(1 - gap), 4e-16)) << gap;
  }
  for (const double tiny : {1e-10, 1e-100, 1e-308, 5e-324}) {
    EXPECT_TRUE(close(erfinv(tiny), tiny * 0.88622692545275801, 1e-15) || tiny < 1e-307) << tiny;
  }
}

TEST(SpecialFunctions, ErfinvAtTheEnds) {
  EXPECT_EQ(erfinv(1), kInf);
  EXPECT_EQ(erfinv(-1), -kInf);
  EXPECT_TRUE(std::isnan(erfinv(1.5)));
  EXPECT_TRUE(std::isnan(erfinv(-kInf)));
  EXPECT_TRUE(std::isnan(erfinv(kNan)));
  EXPECT_TRUE(std::signbit(erfinv(-0.0)));
}

TEST(SpecialFunctions, RemainderHasTheSignOfTheDivisor) {
  EXPECT_EQ(remainder(7, 3), 1);
  EXPECT_EQ(remainder(-7, 3), 2);
  EXPECT_EQ(remainder(7, -3), -2);
  EXPECT_EQ(remainder(-7, -3), -1);
  EXPECT_EQ(remainder(6, -3), 0);
  EXPECT_TRUE(std::isnan(remainder(1, 0)));
}

TEST(SpecialFunctions, FloorDivideRoundsDown) {
  EXPECT_EQ(floor_divide(7, 2), 3);
  EXPECT_EQ(floor_divide(-7, 2), -4);
  EXPECT_EQ(floor_divide(7, -2), -4);
  EXPECT_EQ(floor_divide(1, 0), kInf);
  EXPECT_EQ(floor_divide(-1, 0), -kInf);
  EXPECT_TRUE(std::isnan(floor_divide(0, 0)));
  // 1 / 0.1 is 10 when rounded, but 0.1 is more than a tenth.
  EXPECT_EQ(floor_divide(1, 0.1), 9);
  EXPECT_TRUE(std::signbit(floor_divide(-0.0, 3)));
}

}  // namespace
}  // namespace ct::special
