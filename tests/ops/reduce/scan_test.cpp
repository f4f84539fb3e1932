// What scans give where it is not obvious: ties, NaN, infinities, zeros, nothing, types.
#include "customtensor/ops/scan.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;
using test::near;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(Scan, IntegersAndBoolsGiveInt64) {
  const Tensor sums = tensor({200, 100}, {.dtype = uint8}).cumsum(0);
  EXPECT_EQ(sums.dtype(), int64);
  EXPECT_TRUE(near(sums, {200, 300}, 0));
  EXPECT_TRUE(near(tensor({true, true}).cumsum(0), {1, 2}, 0));
  EXPECT_EQ(tensor({2, 3}, {.dtype = int32}).cumprod(0).dtype(), int64);
  EXPECT_EQ(tensor({2, 3}, {.dtype = uint8}).cummax(0).first.dtype(), uint8);
}

TEST(Scan, OfNothingAndOfANumber) {
  EXPECT_EQ(zeros({0, 3}).cumsum(0).shape(), (Shape{0, 3}));
  EXPECT_EQ(zeros({2, 0}).cummax(1).second.shape(), (Shape{2, 0}));
  EXPECT_TRUE(near(tensor(3.0).cumsum(-1), tensor(3.0), 0));
  EXPECT_TRUE(near(tensor(3.0).cummin(0).second, tensor(0), 0));
  Tensor none = zeros({0, 3}).requires_grad_();
  none.cumprod(0).sum().backward();
  EXPECT_EQ(none.grad().shape(), (Shape{0, 3}));
}

TEST(Scan, RunningExtremesTakeTheLatestOfEqualsAndKeepNan) {
  const auto [values, places] = tensor({1.0, 3.0, 3.0, kNan, 2.0, kNan, 5.0}).cummax(0);
  EXPECT_TRUE(near(values, {1, 3, 3, kNan, kNan, kNan, kNan}, 0));
  EXPECT_TRUE(near(places, {0, 1, 2, 3, 3, 5, 5}, 0));
  const auto [least, where] = tensor({{3, 1}, {3, 2}, {4, 1}}).cummin(0);
  EXPECT_TRUE(near(least, {3, 1, 3, 1, 3, 1}, 0));
  EXPECT_TRUE(near(where, {0, 0, 1, 0, 1, 2}, 0));
}

TEST(Scan, LogCumSumExpNeitherOverflowsNorLosesInfinities) {
  EXPECT_TRUE(near(tensor({-kInf, -kInf, 1.0, kInf, kInf, 2.0, kNan, 1.0}).logcumsumexp(0),
                   {-kInf, -kInf, 1, kInf, kInf, kInf, kNan, kNan}, 0));
  const double log2 = std::log(2.0);
  EXPECT_TRUE(near(tensor({1000.0, 1000.0, -1000.0}).logcumsumexp(0),
                   {1000, 1000 + log2, 1000 + log2}, 1e-6));
}

TEST(Scan, LogCumSumExpHasGradientsBehindMinusInfinityAndAcrossLargeRanges) {
  Tensor x = tensor({-kInf, 0.0, 800.0, -800.0}, {.dtype = float64}).requires_grad_();
  x.logcumsumexp(0).sum().backward();
  EXPECT_TRUE(near(x.grad(), {0, 1, 2, 0}, 1e-12));
}

TEST(Scan, LogCumSumExpGradientsAtInfinityArePyTorchs) {
  Tensor x = tensor({1.0, kInf, 2.0}, {.dtype = float64}).requires_grad_();
  x.logcumsumexp(0).sum().backward();
  EXPECT_TRUE(near(x.grad(), {1, kNan, 0}, 0));
}

TEST(Scan, ProductsThroughZeroHaveGradients) {
  Tensor x = tensor({2.0, 0.0, 3.0, 0.0}, {.dtype = float64}).requires_grad_();
  x.cumprod(0).sum().backward();
  EXPECT_TRUE(near(x.grad(), {1, 2 + 6, 0, 0}, 0));
}

TEST(Scan, ExtremesOfLongRowsKeepTheLastOfEqualsAndNan) {
  std::vector<float> values(100);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>((i * 7) % 10);
  values[60] = std::nanf("");
  values[90] = std::nanf("");
  for (const bool largest : {true, false}) {
    const Tensor x = tensor(values);
    const auto [best, place] = largest ? x.cummax(0) : x.cummin(0);
    const auto b = best.to_vector<float>();
    const auto p = place.to_vector<int64_t>();
    size_t at = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      const bool takes =
          std::isnan(values[i]) || (largest ? values[i] >= values[at] : values[i] <= values[at]);
      if (takes) at = i;
      EXPECT_EQ(p[i], static_cast<int64_t>(at)) << i;
      EXPECT_TRUE(b[i] == values[at] || (std::isnan(b[i]) && std::isnan(values[at]))) << i;
    }
  }
}

TEST(Scan, SumsInFloat64Precision) {
  // In float32 the sum would stop growing at 2^24.
  const Tensor x = ones({(1 << 24) + 5});
  EXPECT_EQ(x.cumsum(0).select(0, (1 << 24) + 3).item<float>(), 16777220.0F);
}

TEST(Scan, Errors) {
  EXPECT_THROW(ones({2}).cumsum(1), IndexError);
  EXPECT_EQ(message_of<DTypeError>([] {
              tensor({1, 2}).logcumsumexp(0);
            }),
            "logcumsumexp: the tensor is int64: it must be floating; convert with "
            ".to(ct::float32)");
  EXPECT_THROW(cumprod(Tensor(), 0), ValueError);
}

}  // namespace
}  // namespace ct
