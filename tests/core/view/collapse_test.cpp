// Collapsing axes: what merges, what must not, and that the elements keep their order.
#include "core/view/collapse.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <span>
#include <vector>

namespace ct {
namespace {

struct Case {
  Shape shape;
  std::vector<Operand> operands;
  uint32_t mask = 0;
};

Case make(const Shape& shape, const std::vector<Strides>& strides, uint32_t mask = 0) {
  Case c{shape, {}, mask};
  for (const Strides& s : strides) {
    c.operands.push_back({.buffer = nullptr, .offset = 0, .dtype = float32, .strides = s});
  }
  return c;
}

/// The offsets that each operand visits, in order.
std::vector<std::vector<int64_t>> visits(const Case& c) {
  std::vector<std::vector<int64_t>> result(c.operands.size());
  Dims place = Dims::filled(c.shape.rank(), 0);
  for (int64_t n = numel(c.shape); n > 0; --n) {
    for (size_t k = 0; k < result.size(); ++k) {
      int64_t offset = 0;
      for (int axis = 0; axis < c.shape.rank(); ++axis) {
        offset += place[axis] * c.operands[k].strides[axis];
      }
      result[k].push_back(offset);
    }
    for (int axis = c.shape.rank() - 1; axis >= 0 && ++place[axis] == c.shape[axis]; --axis) {
      place[axis] = 0;
    }
  }
  return result;
}

/// Collapses, checks that the same offsets are visited in the same order.
Case collapsed(Case c) {
  const auto before = visits(c);
  collapse(c.shape, c.operands);
  EXPECT_EQ(visits(c), before);
  return c;
}

TEST(Collapse, MakesDenseOperandsOneAxis) {
  const Case c = collapsed(make({2, 3, 4}, {{12, 4, 1}, {12, 4, 1}}));
  EXPECT_EQ(c.shape, Shape{24});
  EXPECT_EQ(c.operands[0].strides, Strides{1});
  EXPECT_EQ(c.operands[1].strides, Strides{1});
}

TEST(Collapse, KeepsABroadcastRowApart) {
  const Case c = collapsed(make({2, 3, 4}, {{12, 4, 1}, {0, 0, 1}}));
  EXPECT_EQ(c.shape, (Shape{6, 4}));
  EXPECT_EQ(c.operands[0].strides, (Strides{4, 1}));
  EXPECT_EQ(c.operands[1].strides, (Strides{0, 1}));
}

TEST(Collapse, MergesABroadcastNumberAway) {
  const Case c = collapsed(make({2, 3}, {{3, 1}, {0, 0}}));
  EXPECT_EQ(c.shape, Shape{6});
  EXPECT_EQ(c.operands[1].strides, Strides{0});
}

TEST(Collapse, DropsAxesOfSizeOneWhateverTheirStrides) {
  const Case c = collapsed(make({1, 2, 1, 3, 1}, {{99, 3, 7, 1, 5}, {0, 3, 0, 1, 0}}));
  EXPECT_EQ(c.shape, Shape{6});
}

TEST(Collapse, DoesNotReorderATransposedView) {
  const Case c = collapsed(make({3, 2}, {{1, 3}, {2, 1}}));
  EXPECT_EQ(c.shape, (Shape{3, 2}));
  EXPECT_EQ(c.operands[0].strides, (Strides{1, 3}));
}

TEST(Collapse, MergesTheDensePartOfASlice) {
  const Case c = collapsed(make({5, 2, 3, 4}, {{48, 12, 4, 1}}));
  EXPECT_EQ(c.shape, (Shape{5, 24}));
}

TEST(Collapse, MergesFlippedAxes) {
  const Case c = collapsed(make({2, 3}, {{-3, -1}}));
  EXPECT_EQ(c.shape, Shape{6});
  EXPECT_EQ(c.operands[0].strides, Strides{-1});
}

TEST(Collapse, LeavesOneAxisOfASingleElement) {
  for (const Case& c : {collapsed(make({}, {{}, {}})), collapsed(make({1, 1}, {{0, 0}, {5, 1}})),
                        collapsed(make({1}, {{0}, {3}}))}) {
    EXPECT_EQ(c.shape, Shape{1});
    EXPECT_EQ(c.operands[0].strides, Strides{1});
    EXPECT_EQ(c.operands[1].strides, Strides{1});
  }
}

TEST(Collapse, LeavesAnEmptyIterationEmpty) {
  Case c = make({3, 0, 2}, {{2, 2, 1}});
  collapse(c.shape, c.operands);
  EXPECT_EQ(numel(c.shape), 0);
}

TEST(Collapse, MergesOnlyAxesOfEqualMark) {
  Case c = make({2, 3, 4, 5}, {{60, 20, 5, 1}, {0, 0, 5, 1}}, 0b0011);
  collapse(c.shape, c.operands, c.mask);
  EXPECT_EQ(c.shape, (Shape{6, 20}));
  EXPECT_EQ(c.mask, 0b01U);
  EXPECT_EQ(c.operands[1].strides, (Strides{0, 1}));
}

TEST(Collapse, RenumbersMarksWhenAxesVanish) {
  Case c = make({1, 2, 1, 3, 4}, {{24, 12, 12, 4, 1}, {4, 4, 4, 0, 1}}, 0b01100);
  collapse(c.shape, c.operands, c.mask);
  EXPECT_EQ(c.shape, (Shape{2, 3, 4}));
  EXPECT_EQ(c.mask, 0b010U);
}

TEST(Collapse, ForgetsMarksOnASingleElement) {
  Case c = make({1, 1}, {{1, 1}}, 0b10);
  collapse(c.shape, c.operands, c.mask);
  EXPECT_EQ(c.shape, Shape{1});
  EXPECT_EQ(c.mask, 0U);
}

}  // namespace
}  // namespace ct
