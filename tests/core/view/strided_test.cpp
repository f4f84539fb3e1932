// Views of the same memory: which are dense, and how axes and places are chosen.
#include "core/view/strided.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "core/view/extents.hpp"

namespace ct {
namespace {

TensorView view_of(std::vector<float>& values, const Shape& shape, const Strides& strides,
                   int64_t offset = 0) {
  return {values.data(), offset, float32, shape, strides};
}

TEST(Strided, DenseIsRowMajorWithoutGaps) {
  EXPECT_TRUE(is_dense({2, 3}, {3, 1}));
  EXPECT_FALSE(is_dense({2, 3}, {4, 1}));
  EXPECT_FALSE(is_dense({2, 3}, {1, 2}));
  EXPECT_FALSE(is_dense({2, 3}, {0, 1}));
  EXPECT_TRUE(is_dense({}, {}));
}

TEST(Strided, StridesThatAreNeverSteppedDoNotCount) {
  EXPECT_TRUE(is_dense({2, 1, 3}, {3, 99, 1}));
  EXPECT_TRUE(is_dense({1}, {0}));
  EXPECT_TRUE(is_dense({5, 0, 3}, {7, 7, 1}));
}

TEST(Strided, AxisLastKeepsTheOrderOfTheOthers) {
  std::vector<float> values(24);
  const TensorView moved = axis_last(view_of(values, {2, 3, 4}, {12, 4, 1}), 0);
  EXPECT_EQ(moved.shape, (Shape{3, 4, 2}));
  EXPECT_EQ(moved.strides, (Strides{4, 1, 12}));
  EXPECT_FALSE(axis_last(TensorView(), 0));
}

TEST(Strided, PermutedTakesAxesInAnyOrder) {
  std::vector<float> values(24);
  const TensorView turned = permuted(view_of(values, {2, 3, 4}, {12, 4, 1}), {1, 0, 2});
  EXPECT_EQ(turned.shape, (Shape{3, 2, 4}));
  EXPECT_EQ(turned.strides, (Strides{4, 12, 1}));
}

TEST(Strided, NarrowAxisTakesARangeOfPlaces) {
  std::vector<float> values(12);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  TensorView part = view_of(values, {2, 5}, {5, 1}, 1);
  narrow_axis(part, 1, 3, 2);
  narrow_axis(part, 0, 1, 1);
  EXPECT_EQ(part.shape, (Shape{1, 2}));
  EXPECT_EQ(part.strides, (Strides{5, 1}));
  EXPECT_EQ(*view_data<float>(part), 9.0F);
}

TEST(Extents, AxesBeforeAndBehindAreOneEach) {
  const Extents e = extents_around({2, 3, 5, 7, 11}, 2);
  EXPECT_EQ(e.outer, 6);
  EXPECT_EQ(e.n, 5);
  EXPECT_EQ(e.inner, 77);
  EXPECT_FALSE(e.empty());
}

TEST(Extents, OfAnArrayWithoutElementsAreEmpty) {
  EXPECT_TRUE(extents_around({2, 0}, 0).empty());
  EXPECT_TRUE(extents_around({0, 2}, 1).empty());
  EXPECT_TRUE(extents_around({0}, 0).empty());
}

}  // namespace
}  // namespace ct
