// Divisions that do not cut off toward zero, and the types that they count in.
#include "core/view/integer.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <type_traits>

namespace ct {
namespace {

TEST(Integer, CeilDivCountsPieces) {
  EXPECT_EQ(ceil_div(0, 3), 0);
  EXPECT_EQ(ceil_div(1, 3), 1);
  EXPECT_EQ(ceil_div(3, 3), 1);
  EXPECT_EQ(ceil_div(4, 3), 2);
  EXPECT_EQ(ceil_div(size_t{4097}, size_t{4096}), 2U);
}

TEST(Integer, CeilDivIsRightUpToTheLargestNumber) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(ceil_div(kMost, kMost), 1);
  EXPECT_EQ(ceil_div(int64_t{5}, kMost), 1);
  EXPECT_EQ(ceil_div(kMost, int64_t{2}), kMost / 2 + 1);
  EXPECT_EQ(ceil_div(std::numeric_limits<size_t>::max(), size_t{2}), size_t{1} << 63);
}

TEST(Integer, RoundUpGivesWholeUnits) {
  EXPECT_EQ(round_up(0, 16), 0);
  EXPECT_EQ(round_up(1, 16), 16);
  EXPECT_EQ(round_up(16, 16), 16);
  EXPECT_EQ(round_up(17, 16), 32);
  EXPECT_EQ(round_up(size_t{65}, size_t{64}), 128U);
}

TEST(Integer, FloorDivRoundsDown) {
  EXPECT_EQ(floor_div(7, 2), 3);
  EXPECT_EQ(floor_div(-1, 2), -1);
  EXPECT_EQ(floor_div(-2, 2), -1);
  EXPECT_EQ(floor_div(-3, 2), -2);
  EXPECT_EQ(floor_div(0, 5), 0);
}

TEST(Integer, CountsNarrowSizesIn64Bits) {
  const int32_t most = std::numeric_limits<int32_t>::max();
  EXPECT_EQ(ceil_div(most, int32_t{2}) * 4, int64_t{1} << 32);
  EXPECT_EQ(round_up(most, int32_t{4}), int64_t{1} << 31);
  static_assert(std::is_same_v<decltype(ceil_div(most, int64_t{2})), int64_t>);
  static_assert(std::is_same_v<decltype(round_up(uint32_t{1}, size_t{2})), size_t>);
  static_assert(ceil_div(5, 2) == 3 && round_up(5, 2) == 6 && floor_div(-5, 2) == -3);
}

}  // namespace
}  // namespace ct
