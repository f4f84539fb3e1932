// Views share storage and follow NumPy's and PyTorch's rules.
#include <gtest/gtest.h>

#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

std::vector<int> ints(const Tensor& t) { return t.to_vector<int>(); }
Tensor grid() { return arange(12).reshape({3, 4}); }

TEST(View, ReshapeSharesWhereStridesAllow) {
  const Tensor g = grid();
  EXPECT_TRUE(g.reshape({2, 6}).shares_storage(g));
  EXPECT_TRUE(g.slice(1, Slice(0, 2)).reshape({3, 1, 2}).shares_storage(g));
  EXPECT_FALSE(g.t().reshape({12}).shares_storage(g));
  EXPECT_EQ(ints(g.t().reshape({12})), (std::vector<int>{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}));
}
TEST(View, SlicesFollowNumPy) {
  const Tensor v = arange(10);
  EXPECT_EQ(ints(v.index({Slice(2, 8, 3)})), (std::vector<int>{2, 5}));
  EXPECT_EQ(ints(v.index({Slice(-3)})), (std::vector<int>{7, 8, 9}));
  EXPECT_EQ(ints(v.index({Slice(std::nullopt, std::nullopt, -3)})), (std::vector<int>{9, 6, 3, 0}));
  EXPECT_EQ(ints(v.index({Slice(7, 2, -2)})), (std::vector<int>{7, 5, 3}));
  EXPECT_EQ(ints(v.index({Slice(5, 100)})), (std::vector<int>{5, 6, 7, 8, 9}));
  EXPECT_EQ(v.index({Slice(8, 3)}).numel(), 0);
  EXPECT_EQ(v.index({Slice(-100, -200, -1)}).numel(), 0);
}
TEST(View, IndexMixesNumbersSlicesNoneAndEllipsis) {
  const Tensor t = arange(24).reshape({2, 3, 4});
  EXPECT_EQ(t.index({1}).shape(), (Shape{3, 4}));
  EXPECT_EQ(t.index({Ellipsis, 0}).shape(), (Shape{2, 3}));
  EXPECT_EQ(t.index({None, Ellipsis, None}).shape(), (Shape{1, 2, 3, 4, 1}));
  EXPECT_EQ(ints(t.index({-1, Slice(1), 2})), (std::vector<int>{18, 22}));
}
TEST(View, WritingThroughAViewChangesTheBase) {
  const Tensor g = grid();
  Tensor row = g.index({1});
  row.fill_(0);
  EXPECT_EQ(ints(g), (std::vector<int>{0, 1, 2, 3, 0, 0, 0, 0, 8, 9, 10, 11}));
  Tensor reversed = g.index({0, Slice(std::nullopt, std::nullopt, -1)});
  reversed.copy_(tensor({1, 2, 3, 4}));
  EXPECT_EQ(ints(g.index({0})), (std::vector<int>{4, 3, 2, 1}));
}
TEST(View, OverlappingCopiesReadFirst) {
  const Tensor v = arange(5);
  Tensor reversed = v.index({Slice(std::nullopt, std::nullopt, -1)});
  Tensor target = v;
  target.copy_(reversed);
  EXPECT_EQ(ints(v), (std::vector<int>{4, 3, 2, 1, 0}));
  Tensor shifted = arange(5);
  Tensor tail = shifted.index({Slice(1)});
  tail += shifted.index({Slice(0, 4)});
  EXPECT_EQ(ints(shifted), (std::vector<int>{0, 1, 3, 5, 7}));
}
TEST(View, TransposePermuteSqueezeExpand) {
  const Tensor g = grid();
  EXPECT_EQ(ints(g.t().index({1})), (std::vector<int>{1, 5, 9}));
  EXPECT_EQ(zeros({1, 3, 1}).squeeze().shape(), (Shape{3}));
  EXPECT_EQ(zeros({3}).unsqueeze(-1).shape(), (Shape{3, 1}));
  EXPECT_EQ(tensor({{1}, {2}}).expand({2, 3}).to_vector<int>(),
            (std::vector<int>{1, 1, 1, 2, 2, 2}));
  EXPECT_EQ(zeros({2, 3}).expand({4, -1, -1}).shape(), (Shape{4, 2, 3}));
  EXPECT_EQ(zeros({2, 3, 4}).flatten(1).shape(), (Shape{2, 12}));
}
TEST(View, ContiguousCopiesOnlyWhenNeeded) {
  const Tensor g = grid();
  EXPECT_TRUE(g.contiguous().shares_storage(g));
  EXPECT_FALSE(g.t().contiguous().shares_storage(g));
  EXPECT_TRUE(g.t().contiguous().is_contiguous());
}

}  // namespace
}  // namespace ct
