// Loops over several operands, and those of gather and scatter.
#include "core/view/gather_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace ct {
namespace {

using ::testing::ElementsAre;

TEST(Loops, OffsetsFollowTheStepsOfEachOperand) {
  Loops<2> loops;
  loops.add(2, {100, 0});
  loops.add(3, {10, -1});
  EXPECT_EQ(loops.count(), 6);
  EXPECT_THAT(loops.offsets(0), ElementsAre(0, 0));
  EXPECT_THAT(loops.offsets(2), ElementsAre(20, -2));
  EXPECT_THAT(loops.offsets(4), ElementsAre(110, -1));
}

TEST(Loops, CollapseKeepsEveryOffset) {
  Loops<3> loops;
  for (const auto& [n, steps] : std::vector<std::pair<int64_t, std::array<int64_t, 3>>>{
           {2, {60, 12, 0}}, {1, {9, 9, 9}}, {3, {20, 4, 0}}, {4, {5, 1, 7}}}) {
    loops.add(n, steps);
  }
  const Loops<3> before = loops;
  loops.collapse();
  EXPECT_EQ(loops.rank, 2);
  EXPECT_THAT(std::vector(loops.size, loops.size + 2), ElementsAre(6, 4));
  ASSERT_EQ(loops.count(), before.count());
  for (int64_t i = 0; i < before.count(); ++i) EXPECT_EQ(loops.offsets(i), before.offsets(i)) << i;
}

TEST(Loops, NothingIsLeftOfOneIteration) {
  Loops<1> loops;
  loops.add(1, {5});
  loops.collapse();
  EXPECT_EQ(loops.rank, 0);
  EXPECT_EQ(loops.count(), 1);
  EXPECT_THAT(loops.offsets(0), ElementsAre(0));
}

TensorView view(const Shape& shape, const Strides& strides) {
  static float memory = 0;
  return {&memory, 0, float32, shape, strides};
}
TensorView dense(const Shape& shape) { return view(shape, contiguous_strides(shape)); }

TEST(GatherPlan, PicksWholeRowsInOneRun) {
  // An embedding: a (9, 8) table, 6 indices that are repeated along the rows.
  const GatherPlan plan(0, dense({9, 8}), view({6, 8}, {1, 0}), dense({6, 8}));
  EXPECT_EQ(plan.rows, 9);
  EXPECT_EQ(plan.outer_size, 1);
  EXPECT_EQ(plan.axis.size, 6);
  EXPECT_EQ(plan.axis.table, 8);
  EXPECT_EQ(plan.inner.size, 8);
  EXPECT_EQ(plan.inner.table, 1);
  EXPECT_EQ(plan.inner.index, 0);
  EXPECT_EQ(plan.inner.list, 1);
}

TEST(GatherPlan, MergesAxesBeforeAndBehindButNotAcrossTheAxis) {
  const GatherPlan plan(2, dense({2, 3, 5, 4, 6}), dense({2, 3, 7, 4, 6}), dense({2, 3, 7, 4, 6}));
  EXPECT_EQ(plan.outer.rank, 1);
  EXPECT_EQ(plan.outer_size, 6);
  EXPECT_EQ(plan.axis.size, 7);
  EXPECT_EQ(plan.inner.size, 24);
  const GatherPlan::Offsets at = plan.offsets_of(4);
  EXPECT_EQ(at.table, 4 * 5 * 24);
  EXPECT_EQ(at.index, 4 * 7 * 24);
  EXPECT_EQ(at.list, 4 * 7 * 24);
}

TEST(GatherPlan, TheLastAxisHasRunsOfOne) {
  const GatherPlan plan(1, dense({3, 5}), dense({3, 2}), dense({3, 2}));
  EXPECT_EQ(plan.outer_size, 3);
  EXPECT_EQ(plan.inner.size, 1);
  EXPECT_EQ(plan.offsets_of(2).table, 10);
}

TEST(GatherPlan, OfAVectorHasNoOuterLoops) {
  const GatherPlan plan(0, dense({5}), dense({2}), dense({2}));
  EXPECT_EQ(plan.outer.rank, 0);
  EXPECT_EQ(plan.outer_size, 1);
  EXPECT_EQ(plan.offsets_of(0).list, 0);
}

}  // namespace
}  // namespace ct
