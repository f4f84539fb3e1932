// Arithmetic of sizes at the edges of int64, and where views with such numbers lie.
#include "core/view/sizes.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "customtensor/error.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;

constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

TEST(Sizes, ArithmeticIsExactAsFarAsItGoes) {
  EXPECT_EQ(checked_mul("op", int64_t{1} << 31, int64_t{1} << 31), int64_t{1} << 62);
  EXPECT_EQ(checked_add("op", kMost - 1, 1), kMost);
  EXPECT_EQ(checked_sub("op", kLeast + 1, 1), kLeast);
}

TEST(Sizes, ArithmeticSaysWhatIsBeyond64Bits) {
  EXPECT_EQ(message_of<ShapeError>([] { checked_mul("pad", kMost, 2); }),
            "pad: a size is beyond what 64 bits hold: 9223372036854775807 * 2");
  EXPECT_EQ(message_of<ShapeError>([] { checked_add("pad", kMost, 1); }),
            "pad: a size is beyond what 64 bits hold: 9223372036854775807 + 1");
  EXPECT_EQ(message_of<ShapeError>([] { checked_sub("pad", 0, kLeast); }),
            "pad: a size is beyond what 64 bits hold: 0 - -9223372036854775808");
}

TEST(Sizes, CountsElements) {
  EXPECT_EQ(checked_numel("op", {}), 1);
  EXPECT_EQ(checked_numel("op", {2, 3, 4}), 24);
  EXPECT_EQ(checked_numel("op", {int64_t{1} << 62, 0}), 0);
}

TEST(Sizes, RefusesNegativeSizesAndTooManyElements) {
  EXPECT_EQ(message_of<ShapeError>([] {
              checked_numel("view", {0, -2});
            }),
            "view: sizes must not be negative: (0, -2)");
  EXPECT_EQ(message_of<ShapeError>([] {
              checked_numel("view", {int64_t{1} << 32, 1LL << 32});
            }),
            "view: too many elements: (4294967296, 4294967296)");
}

TEST(Sizes, AnEmptyAxisCountsAsOneSoThatStridesFit) {
  EXPECT_THROW(checked_numel("view", {0, int64_t{1} << 32, int64_t{1} << 32}), ShapeError);
}

TEST(Sizes, MagnitudeHoldsTheLeastNumber) {
  EXPECT_EQ(magnitude(-3), 3U);
  EXPECT_EQ(magnitude(kLeast), uint64_t{1} << 63);
}

TEST(Sizes, ReachGoesToBothSides) {
  const auto reach = reach_of({3, 4}, {-4, 1}, 8);
  ASSERT_TRUE(reach);
  EXPECT_EQ(reach->low, 0);
  EXPECT_EQ(reach->high, 11);
  EXPECT_GT(reach_of({0, 4}, {kMost, 1}, 8)->low, reach_of({0, 4}, {kMost, 1}, 8)->high);
}

TEST(Sizes, ReachBeyondAnyMemoryIsNone) {
  EXPECT_FALSE(reach_of({5}, {int64_t{1} << 62}, 0));
  EXPECT_FALSE(reach_of({3, 3}, {int64_t{1} << 61, int64_t{1} << 61}, 0));
  EXPECT_FALSE(reach_of({2}, {kLeast}, 0));
  EXPECT_FALSE(reach_of({1}, {1}, int64_t{1} << 60));
  EXPECT_TRUE(reach_of({1}, {kLeast}, 0));  // never stepped along
}

TEST(Sizes, StridesThatAreNeverSteppedAlongAreMadeUsable) {
  EXPECT_EQ(usable_strides({1, 4}, {kLeast, 1}), (Strides{4, 1}));
  EXPECT_EQ(usable_strides({1, 4}, {7, 1}), (Strides{7, 1}));
  EXPECT_EQ(usable_strides({0, 4}, {1, kMost}), (Strides{1, 1}));
  EXPECT_EQ(usable_strides({3, 4}, {-4, 1}), (Strides{-4, 1}));
}

TEST(Sizes, StrideArithmeticNeverLeavesInt64) {
  EXPECT_EQ(stride_times(-4, 2), -8);
  EXPECT_EQ(stride_times(kMost, 2), 1);
  EXPECT_EQ(stride_plus(4, 1), 5);
  EXPECT_EQ(stride_plus(kMost, 1), 1);
}

}  // namespace
}  // namespace ct
