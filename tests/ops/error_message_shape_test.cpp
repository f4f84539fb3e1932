// What misuse of shapes and indices is answered with.
#include <gtest/gtest.h>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;

TEST(ShapeMessage, IndexType) {
  EXPECT_EQ(message_of<DTypeError>([] {
              gather(ones({2, 3}), 1, ones({2, 1}));
            }),
            "gather: the index is float32: it must be int64; convert with .to(ct::int64)");
}
TEST(ShapeMessage, GatherShape) {
  EXPECT_EQ(message_of<ShapeError>([] {
              gather(ones({2, 3}), 1, zeros({3, 1}, {.dtype = int64}));
            }),
            "gather: index shape (3, 1) does not fit (2, 3): it needs the same rank, and sizes no "
            "larger on all axes but 1");
}
TEST(ShapeMessage, IndexSelectShape) {
  EXPECT_EQ(message_of<ShapeError>([] {
              index_select(ones({2, 3}), 0, zeros({1, 1}, {.dtype = int64}));
            }),
            "index_select: the index has shape (1, 1): it must have one axis");
}
TEST(ShapeMessage, TakeAlongDim) {
  EXPECT_EQ(message_of<ShapeError>([] {
              take_along_dim(ones({2, 3}), tensor({0}), 0);
            }),
            "take_along_dim: index shape (1) and (2, 3) must have the same rank");
}
TEST(ShapeMessage, Ellipses) {
  EXPECT_EQ(message_of<IndexError>([] {
              ones({2}).index({Ellipsis, Ellipsis});
            }),
            "index: 2 ellipses: only one is possible");
}
TEST(ShapeMessage, IndexPutValue) {
  EXPECT_EQ(message_of<DTypeError>([] {
              tensor({1, 2}).index_put_({0}, 0.5);
            }),
            "index_put_: the value is a float: it cannot be stored in int64 (2)");
}
TEST(ShapeMessage, MaskedScatterType) {
  EXPECT_EQ(
      message_of<DTypeError>([] {
        ones({2}).masked_scatter_(tensor({true, false}), tensor({1, 2}));
      }),
      "masked_scatter_: the source is int64 and the tensor float32; convert one with .to(dtype)");
}
TEST(ShapeMessage, ScatterReduceMeanOfBool) {
  EXPECT_EQ(message_of<DTypeError>([] {
              tensor({true, false}).scatter_reduce(0, tensor({0}), tensor({true}), "mean");
            }),
            "scatter_reduce: bool has no mean; convert with .to(dtype)");
}
TEST(ShapeMessage, CatOfNothing) {
  EXPECT_EQ(message_of<ValueError>([] { cat(std::span<const Tensor>{}); }),
            "cat: no tensors; pass at least one");
}
TEST(ShapeMessage, StackOfNothing) {
  EXPECT_EQ(message_of<ValueError>([] { stack(std::span<const Tensor>{}); }),
            "stack: no tensors; pass at least one");
}
TEST(ShapeMessage, StackShapes) {
  EXPECT_EQ(message_of<ShapeError>([] {
              stack({ones({2}), ones({3})});
            }),
            "stack: tensor 1 has shape (3): it must have that of tensor 0, (2)");
}
TEST(ShapeMessage, AGapInAList) {
  EXPECT_EQ(message_of<ValueError>([] {
              stack({ones({2}), Tensor()});
            }),
            "stack: tensor 1 of 2 is undefined; give it a value first");
  EXPECT_EQ(message_of<ValueError>([] {
              cat({ones({2}), ones({2}), Tensor()});
            }),
            "cat: tensor 2 of 3 is undefined; give it a value first");
}
TEST(ShapeMessage, ASizeThatCouldBeAny) {
  EXPECT_EQ(message_of<ShapeError>([] {
              ones({2, 0}).reshape({-1, 0});
            }),
            "reshape: the size -1 could be any: shape (2, 0) has no elements, and (-1, 0) has none "
            "whatever it is; write the size");
  EXPECT_EQ(message_of<ShapeError>([] {
              ones({2, 0}).unflatten(1, {0, -1});
            }),
            "unflatten: the size -1 could be any: axis 1 of shape (2, 0) has no elements, and (0, "
            "-1) has none whatever it is; write the size");
  EXPECT_EQ(ones({2, 0}).reshape({-1}).shape(), (Shape{0}));
  EXPECT_EQ(ones({2, 0}).reshape({-1, 3}).shape(), (Shape{0, 3}));
}
TEST(ShapeMessage, TakeAlongDimBroadcast) {
  EXPECT_EQ(message_of<ShapeError>([] {
              take_along_dim(ones({2, 3}), zeros({4, 1}, {.dtype = int64}), 1);
            }),
            "take_along_dim: index (4, 1) and (2, 3) do not broadcast: axis -2 has sizes 4 and 2");
}
TEST(ShapeMessage, SliceStep) {
  EXPECT_EQ(message_of<ValueError>([] { ones({4}).slice(0, Slice(0, 4, 0)); }),
            "slice: step must not be 0: axis 0 of shape (4)");
}
TEST(ShapeMessage, Narrow) {
  EXPECT_EQ(message_of<IndexError>([] { ones({4}).narrow(0, 2, 3); }),
            "narrow: start 2 and length 3 do not fit axis 0 of size 4: shape (4)");
}
TEST(ShapeMessage, AsStridedRank) {
  EXPECT_EQ(message_of<ShapeError>([] {
              ones({4}).as_strided({2, 2}, {1}, 0);
            }),
            "as_strided: shape (2, 2) and strides (1) differ in rank");
}
TEST(ShapeMessage, AsStridedReach) {
  EXPECT_EQ(
      message_of<IndexError>([] { ones({4}).as_strided({5}, {1}, 0); }),
      "as_strided: shape (5), strides (1) and offset 0 reach elements 0 to 4: the storage has 4");
}
TEST(ShapeMessage, MeshgridAxes) {
  EXPECT_EQ(message_of<ShapeError>([] {
              meshgrid({ones({2, 2})});
            }),
            "meshgrid: tensors must have one axis: tensor 0 has shape (2, 2)");
}
TEST(ShapeMessage, MeshgridTypes) {
  EXPECT_EQ(message_of<DTypeError>([] {
              meshgrid({ones({2}), tensor({1, 2})});
            }),
            "meshgrid: tensor 0 is float32 and tensor 1 int64; convert one with .to(dtype)");
}
TEST(ShapeMessage, DiagEmbedOfANumber) {
  EXPECT_EQ(message_of<ShapeError>([] { diag_embed(tensor(1.0)); }),
            "diag_embed: a number has no axis to put on a diagonal");
}
TEST(ShapeMessage, TwoUnknownSizes) {
  EXPECT_EQ(message_of<ShapeError>([] {
              ones({2, 3}).reshape({-1, -1});
            }),
            "reshape: only one size may be -1: (-1, -1)");
}
TEST(ShapeMessage, NegativeSize) {
  EXPECT_EQ(message_of<ShapeError>([] {
              ones({2, 3}).reshape({-2, 3});
            }),
            "reshape: sizes must not be negative: (-2, 3)");
}
TEST(ShapeMessage, ViewOfStrides) {
  EXPECT_EQ(
      message_of<ShapeError>([] {
        ones({2, 3}).t().view({6});
      }),
      "view: shape (3, 2) with strides (1, 3) cannot be seen as (6) without a copy; use reshape()");
}
TEST(ShapeMessage, FlattenOrder) {
  EXPECT_EQ(message_of<ValueError>([] {
              ones({2, 3}).flatten(1, 0);
            }),
            "flatten: start 1 comes after end 0: shape (2, 3)");
}
TEST(ShapeMessage, PermuteRank) {
  EXPECT_EQ(message_of<ShapeError>([] {
              ones({2, 3}).permute({0});
            }),
            "permute: 1 axes in the order (0): the tensor has 2: (2, 3)");
}
TEST(ShapeMessage, PermuteTwice) {
  EXPECT_EQ(message_of<ValueError>([] {
              ones({2, 3}).permute({0, 0});
            }),
            "permute: axis 0 is named twice: order (0, 0)");
}
TEST(ShapeMessage, TransposeOfACube) {
  EXPECT_EQ(message_of<ShapeError>([] {
              ones({2, 3, 4}).t();
            }),
            "t: the tensor has shape (2, 3, 4): t() is for matrices; use transpose()");
}
TEST(ShapeMessage, ExpandRank) {
  EXPECT_EQ(message_of<ShapeError>([] {
              ones({2, 3}).expand({3});
            }),
            "expand: shape (2, 3) does not broadcast to (3)");
}
TEST(ShapeMessage, ExpandSize) {
  EXPECT_EQ(message_of<ShapeError>([] {
              ones({2, 3}).expand({4, 3});
            }),
            "expand: shape (2, 3) does not broadcast to (4, 3)");
}

}  // namespace
}  // namespace ct
