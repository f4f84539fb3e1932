// Joining, splitting, rearranging: semantics and messages.
#include <gtest/gtest.h>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;
using Ints = std::vector<int>;

Ints ints(const Tensor& t) { return t.to_vector<int>(); }
Tensor grid() { return arange(6).reshape({2, 3}); }

TEST(Shape, CatPassesOverTensorsOfNothing) {
  const Tensor none = zeros({0}, {.dtype = float64, .requires_grad = true});
  const Tensor x = ones({2, 3}, {.requires_grad = true});
  const Tensor y = cat({none, x, none, x}, 1);
  EXPECT_EQ(y.shape(), (Shape{2, 6}));
  EXPECT_EQ(y.dtype(), float64);
  y.sum().backward();
  EXPECT_TRUE(test::near(x.grad(), std::vector<double>(6, 2.0), 0));
  EXPECT_EQ(none.grad().shape(), (Shape{0}));
  EXPECT_EQ(cat({none, none}).shape(), (Shape{0}));
  EXPECT_EQ(message_of<ShapeError>([&] {
              cat({none, x, ones({2})});
            }),
            "cat: tensor 2 has shape (2): it must agree with tensor 1, (2, 3), on all axes but 0");
}

TEST(Shape, ANumberHasAnAxisZeroAsInPyTorch) {
  const Tensor x = tensor(2.f, {.requires_grad = true});
  for (const int64_t axis : {0, -1}) {
    EXPECT_EQ(x.squeeze(axis).dim(), 0);
    EXPECT_EQ(x.transpose(axis, 0).dim(), 0);
    EXPECT_EQ(x.movedim(axis, 0).dim(), 0);
    EXPECT_TRUE(x.transpose(0, axis).shares_storage(x));
  }
  (x.squeeze(0) * x.transpose(0, 0)).backward();
  EXPECT_EQ(x.grad().item<float>(), 4.0f);
  EXPECT_THROW(x.squeeze(1), IndexError);
  EXPECT_THROW(x.transpose(0, 1), IndexError);
  EXPECT_THROW(x.movedim(-2, 0), IndexError);
}

TEST(Shape, SplitsCoverTheAxis) {
  const auto sizes = [](const Tensors& parts) {
    Ints result;
    for (const Tensor& t : parts) result.push_back(static_cast<int>(t.size(0)));
    return result;
  };
  const Tensor x = arange(7);
  EXPECT_EQ(sizes(split(x, 3)), (Ints{3, 3, 1}));
  EXPECT_EQ(sizes(split(x, {1, 0, 6})), (Ints{1, 0, 6}));
  EXPECT_EQ(sizes(chunk(x, 3)), (Ints{3, 3, 1}));
  EXPECT_EQ(sizes(chunk(x, 5)), (Ints{2, 2, 2, 1}));
  EXPECT_EQ(sizes(tensor_split(x, 3)), (Ints{3, 2, 2}));
  EXPECT_EQ(sizes(tensor_split(x, {2, -1})), (Ints{2, 4, 1}));
  EXPECT_EQ(sizes(tensor_split(x, {5, 1})), (Ints{5, 0, 6}));
  EXPECT_EQ(sizes(split(zeros({0, 2}), 3)), (Ints{0}));
  EXPECT_EQ(sizes(chunk(zeros({0, 2}), 3)), (Ints{0, 0, 0}));
  EXPECT_TRUE(x.split(3)[1].shares_storage(x));
  EXPECT_EQ(unbind(grid(), 1).size(), 3U);
  EXPECT_EQ(ints(grid().unbind(1)[2]), (Ints{2, 5}));
}
TEST(Shape, SplitErrors) {
  EXPECT_EQ(message_of<ShapeError>([] {
              split(arange(7), {3, 3});
            }),
            "split: 2 sizes of sum 6 for axis 0 of size 7: they must be its size, none negative");
  EXPECT_EQ(message_of<ValueError>([] { split(arange(7), 0); }),
            "split: the size must be positive: 0");
  EXPECT_EQ(message_of<ValueError>([] { chunk(arange(7), 0); }),
            "chunk: the number of chunks must be positive: 0");
  EXPECT_EQ(message_of<ValueError>([] { tensor_split(arange(7), -1); }),
            "tensor_split: the number of sections must be positive: -1");
  EXPECT_THROW(unbind(tensor(1.0)), IndexError);
}
TEST(Shape, ViewsByOtherNames) {
  const Tensor x = zeros({2, 3, 4, 5});
  EXPECT_EQ(x.movedim({0, 1}, {-1, 0}).shape(), (Shape{3, 4, 5, 2}));
  EXPECT_EQ(x.movedim(1, 3).shape(), (Shape{2, 4, 5, 3}));
  EXPECT_EQ(x.swapaxes(0, -1).shape(), (Shape{5, 3, 4, 2}));
  EXPECT_EQ(x.unflatten(2, {-1, 2}).shape(), (Shape{2, 3, 2, 2, 5}));
  EXPECT_TRUE(x.unflatten(2, {2, 2}).shares_storage(x));
  EXPECT_EQ(tensor({1, 2}).broadcast_to({3, 2}).shape(), (Shape{3, 2}));
  EXPECT_EQ(message_of<ShapeError>([&] {
              x.unflatten(1, {2, 2});
            }),
            "unflatten: sizes (2, 2) do not multiply to axis 1 of size 3: shape (2, 3, 4, 5)");
  EXPECT_EQ(message_of<ValueError>([&] {
              x.movedim({0, 1}, {2});
            }),
            "movedim: 2 axes to 1 places: from (0, 1) to (2)");
  EXPECT_EQ(message_of<ValueError>([&] {
              x.movedim({0, 0}, {1, 2});
            }),
            "movedim: an axis is named twice: from (0, 0) to (1, 2)");
}
TEST(Shape, DiagonalsAreViews) {
  const Tensor x = arange(12).reshape({3, 4});
  EXPECT_EQ(ints(x.diagonal()), (Ints{0, 5, 10}));
  EXPECT_EQ(ints(x.diagonal(2)), (Ints{2, 7}));
  EXPECT_EQ(ints(x.diagonal(-1)), (Ints{4, 9}));
  EXPECT_EQ(x.diagonal(9).numel(), 0);
  x.diagonal().fill_(-1);
  EXPECT_EQ(ints(x), (Ints{-1, 1, 2, 3, 4, -1, 6, 7, 8, 9, -1, 11}));
  EXPECT_EQ(message_of<ValueError>([&] { x.diagonal(0, 1, -1); }),
            "diagonal: axes 1 and -1 are the same: shape (3, 4)");
}
TEST(Shape, UnfoldOverlaps) {
  EXPECT_EQ(ints(arange(5).unfold(0, 3, 1)), (Ints{0, 1, 2, 1, 2, 3, 2, 3, 4}));
  EXPECT_EQ(ints(arange(5).unfold(0, 2, 2)), (Ints{0, 1, 2, 3}));
  EXPECT_EQ(tensor(3).unfold(0, 1, 1).shape(), (Shape{1}));
  EXPECT_EQ(message_of<ValueError>([] { arange(5).unfold(0, 6, 1); }),
            "unfold: windows of size 6 and step 1 do not fit axis 0 of size 5: shape (5)");
}
TEST(Shape, MeshgridOfBothKinds) {
  const Tensors ij = meshgrid({arange(2), arange(3)});
  EXPECT_EQ(ints(ij[0]), (Ints{0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(ints(ij[1]), (Ints{0, 1, 2, 0, 1, 2}));
  const Tensors xy = meshgrid({arange(2), arange(3)}, "xy");
  EXPECT_EQ(xy[0].shape(), (Shape{3, 2}));
  EXPECT_EQ(ints(xy[0]), (Ints{0, 1, 0, 1, 0, 1}));
  EXPECT_EQ(message_of<ValueError>([] { meshgrid({arange(2)}, "yx"); }),
            "meshgrid: unknown indexing 'yx': it is \"ij\" or \"xy\"");
  EXPECT_THROW(meshgrid({arange(2), ones({2})}), DTypeError);
  EXPECT_THROW(meshgrid({ones({2, 2})}), ShapeError);
}
TEST(Shape, Stacks) {
  EXPECT_EQ(ints(hstack({tensor({1, 2}), tensor(3)})), (Ints{1, 2, 3}));
  EXPECT_EQ(hstack({zeros({2, 1}), zeros({2, 3})}).shape(), (Shape{2, 4}));
  EXPECT_EQ(vstack({zeros({3}), zeros({2, 3})}).shape(), (Shape{3, 3}));
  EXPECT_EQ(dstack({zeros({3}), zeros({3})}).shape(), (Shape{1, 3, 2}));
  EXPECT_EQ(message_of<ValueError>([] { vstack(std::span<const Tensor>{}); }),
            "vstack: no tensors; pass at least one");
}
TEST(Shape, RepeatsOfAnyRank) {
  EXPECT_EQ(ints(tensor({1, 2}).repeat({2, 2})), (Ints{1, 2, 1, 2, 1, 2, 1, 2}));
  EXPECT_EQ(ints(tensor({{1, 2}, {3, 4}}).tile({2})), (Ints{1, 2, 1, 2, 3, 4, 3, 4}));
  EXPECT_EQ(zeros({2, 3}).repeat({2, 0}).shape(), (Shape{4, 0}));
  EXPECT_EQ(ints(tensor({5}).repeat({3})), (Ints{5, 5, 5}));
  EXPECT_TRUE(tensor({5}).repeat({3}).is_contiguous());
  EXPECT_FALSE(grid().repeat({1, 1}).shares_storage(grid()));
  const Tensor deep = arange(2).reshape({1, 1, 1, 1, 1, 1, 2, 1});
  const Tensor wide = deep.repeat({2, 1, 2, 1, 1, 1, 2, 3});
  EXPECT_EQ(wide.shape(), (Shape{2, 1, 2, 1, 1, 1, 4, 3}));
  EXPECT_EQ(ints(wide.index({1, 0, 1, 0, 0, 0, Slice(), 2})), (Ints{0, 1, 0, 1}));
  EXPECT_EQ(
      message_of<ShapeError>([] { grid().repeat({2}); }),
      "repeat: times (2) for shape (2, 3): one number for each axis is needed, none negative");
}
TEST(Shape, RepeatInterleave) {
  EXPECT_EQ(ints(repeat_interleave(tensor({{1, 2}, {3, 4}}), 2)), (Ints{1, 1, 2, 2, 3, 3, 4, 4}));
  EXPECT_EQ(ints(tensor({{1, 2}, {3, 4}}).repeat_interleave(tensor({0, 2}), 0)),
            (Ints{3, 4, 3, 4}));
  EXPECT_EQ(ints(tensor({1, 2}).repeat_interleave(tensor({3}))), (Ints{1, 1, 1, 2, 2, 2}));
  EXPECT_EQ(message_of<ValueError>([] { repeat_interleave(arange(2), -1); }),
            "repeat_interleave: times must not be negative: -1");
  EXPECT_EQ(message_of<ValueError>([] {
              repeat_interleave(arange(2), tensor({1, -3}));
            }),
            "repeat_interleave: times must not be negative: -3 at position 1");
  EXPECT_EQ(message_of<ShapeError>([] {
              repeat_interleave(arange(2), tensor({1, 2, 3}));
            }),
            "repeat_interleave: times int64 (3) for axis 0 of size 2: it must be integers, one for "
            "each or a single one");
}
TEST(Shape, FlipRollAndTurn) {
  EXPECT_EQ(ints(flip(grid(), {1})), (Ints{2, 1, 0, 5, 4, 3}));
  EXPECT_EQ(ints(flip(grid(), {})), ints(grid()));
  EXPECT_TRUE(flip(grid(), {0, 1}).is_contiguous());
  EXPECT_EQ(ints(roll(grid(), {1, 1}, {0, 1})), (Ints{5, 3, 4, 2, 0, 1}));
  EXPECT_EQ(ints(roll(grid(), {-7})), (Ints{1, 2, 3, 4, 5, 0}));
  EXPECT_EQ(roll(zeros({0, 2}), {1}, {0}).numel(), 0);
  EXPECT_EQ(ints(rot90(grid())), (Ints{2, 5, 1, 4, 0, 3}));
  EXPECT_EQ(ints(rot90(grid(), -1)), (Ints{3, 0, 4, 1, 5, 2}));
  EXPECT_EQ(ints(rot90(grid(), 2)), (Ints{5, 4, 3, 2, 1, 0}));
  EXPECT_FALSE(rot90(grid(), 4).shares_storage(grid()));
  EXPECT_THROW(flip(grid(), {0, -2}), ValueError);
  EXPECT_EQ(message_of<ValueError>([] {
              roll(grid(), {1, 2}, {0});
            }),
            "roll: shifts (1, 2) and axes (0) differ in number");
  EXPECT_EQ(message_of<ValueError>([] { rot90(grid(), 1, {0}); }),
            "rot90: two axes are needed: (0)");
  EXPECT_EQ(message_of<ValueError>([] {
              rot90(grid(), 1, {1, -1});
            }),
            "rot90: the axes (1, -1) are the same: shape (2, 3)");
}
TEST(Shape, TrianglesAndDiagonals) {
  EXPECT_EQ(ints(tril(ones({2, 3}))), (Ints{1, 0, 0, 1, 1, 0}));
  EXPECT_EQ(ints(triu(arange(1, 7).reshape({2, 3}), 1)), (Ints{0, 2, 3, 0, 0, 6}));
  EXPECT_EQ(tril(ones({2, 2}, {.dtype = bool_})).dtype(), bool_);
  const Tensor infinite = full({2, 2}, INFINITY);
  EXPECT_EQ(ints(tril(infinite) == 0), (Ints{0, 1, 0, 0}));
  EXPECT_EQ(ints(diag(tensor({1, 2}), 1)), (Ints{0, 1, 0, 0, 0, 2, 0, 0, 0}));
  EXPECT_EQ(ints(diag(grid(), 1)), (Ints{1, 5}));
  EXPECT_FALSE(diag(grid()).shares_storage(grid()));
  EXPECT_EQ(ints(diag_embed(tensor({1, 2}), -1)), (Ints{0, 0, 0, 1, 0, 0, 0, 2, 0}));
  EXPECT_EQ(message_of<ShapeError>([] { tril(arange(3)); }),
            "tril: the tensor has shape (3): it needs at least two axes");
  EXPECT_EQ(message_of<ShapeError>([] {
              diag(ones({1, 1, 1}));
            }),
            "diag: the tensor has shape (1, 1, 1): it must have one or two axes; use diagonal() or "
            "diag_embed()");
  EXPECT_EQ(message_of<ValueError>([] { diag_embed(ones({2}), 0, 1, -1); }),
            "diag_embed: axes 1 and -1 of the result are the same");
}
TEST(Shape, PadsByEveryMode) {
  const Tensor x = arange(3);
  EXPECT_EQ(ints(pad(x, {1, 2}, PadMode::constant, 7)), (Ints{7, 0, 1, 2, 7, 7}));
  EXPECT_EQ(ints(pad(x, {-1, 1})), (Ints{1, 2, 0}));
  EXPECT_EQ(ints(pad(x, {2, 2}, PadMode::reflect)), (Ints{2, 1, 0, 1, 2, 1, 0}));
  EXPECT_EQ(ints(pad(x, {2, 1}, PadMode::replicate)), (Ints{0, 0, 0, 1, 2, 2}));
  EXPECT_EQ(ints(pad(x, {2, 3}, PadMode::circular)), (Ints{1, 2, 0, 1, 2, 0, 1, 2}));
  EXPECT_EQ(ints(pad(grid(), {1, 0, 0, 1}, PadMode::circular)),
            (Ints{2, 0, 1, 2, 5, 3, 4, 5, 2, 0, 1, 2}));
  EXPECT_EQ(ints(pad(grid(), {0, 1, 1, 0}, PadMode::constant, -1)),
            (Ints{-1, -1, -1, -1, 0, 1, 2, -1, 3, 4, 5, -1}));
  EXPECT_EQ(ints(pad(zeros({0}), {1, 1}, PadMode::constant, 4)), (Ints{4, 4}));
}
TEST(Shape, PadErrors) {
  EXPECT_EQ(message_of<ShapeError>([] {
              pad(arange(3), {1, 1, 1});
            }),
            "pad: 3 amounts for shape (3): two for each axis are needed, from the last one back");
  EXPECT_EQ(message_of<ValueError>([] {
              pad(arange(3), {3, 0}, PadMode::reflect);
            }),
            "pad: amounts 3 and 0 for axis 0 of size 3: reflect cannot pad by that: shape (3)");
  EXPECT_THROW(pad(arange(3), {4, 0}, PadMode::circular), ValueError);
  EXPECT_THROW(pad(arange(3), {-1, 0}, PadMode::replicate), ValueError);
  EXPECT_THROW(pad(zeros({0}), {1, 0}, PadMode::replicate), ValueError);
  EXPECT_THROW(pad(arange(3), {-2, -2}), ValueError);
  EXPECT_EQ(message_of<DTypeError>([] {
              pad(arange(3), {1, 1}, PadMode::constant, 0.5);
            }),
            "pad: the value is a float: it cannot be stored in int64 (3)");
}

}  // namespace
}  // namespace ct
