// Picking and placing: semantics and messages.
#include <gtest/gtest.h>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;
using Ints = std::vector<int>;

Ints ints(const Tensor& t) { return t.to_vector<int>(); }
Tensor cube() { return arange(24).reshape({2, 3, 4}); }

TEST(Number, IsPickedFromAndPlacedIntoAlongAxisZero) {
  const Tensor x = tensor(2.f, {.requires_grad = true});
  const Tensor src = tensor(3.f, {.requires_grad = true});
  const Tensor at = tensor(0), one = tensor({0});
  for (const int64_t axis : {0, -1}) {
    EXPECT_EQ(gather(x, axis, at).shape(), Shape{});
    EXPECT_EQ(gather(x, axis, one).item<float>(), 2.f);
    EXPECT_EQ(index_select(x, axis, one).shape(), Shape{});
    EXPECT_EQ(scatter(x, axis, at, src).item<float>(), 3.f);
    EXPECT_EQ(scatter_add(x, axis, at, src).item<float>(), 5.f);
    EXPECT_EQ(scatter_reduce(x, axis, at, src, "prod").item<float>(), 6.f);
    EXPECT_EQ(index_add(x, axis, one, src).item<float>(), 5.f);
    EXPECT_EQ(index_copy(x, axis, one, src).item<float>(), 3.f);
    EXPECT_EQ(index_fill(x, axis, one, 7).shape(), Shape{});
  }
  Tensor y = x * 2;
  y.scatter_add_(0, at, src);
  y.backward();
  EXPECT_EQ(x.grad().item<float>(), 2.f);
  EXPECT_EQ(src.grad().item<float>(), 1.f);
  EXPECT_EQ(message_of<ShapeError>([&] {
              index_select(x, 0, tensor({0, 0}));
            }),
            "index_select: the index has shape (2): it must have one axis and, for a number, one "
            "element");
}
TEST(Index, TensorsPickCopies) {
  const Tensor x = cube();
  EXPECT_EQ(ints(x.index({Slice(), tensor({0, 2}), tensor({1, 3})})), (Ints{1, 11, 13, 23}));
  EXPECT_EQ(x.index({tensor({{0, 1}, {1, 1}, {0, 0}})}).shape(), (Shape{3, 2, 3, 4}));
  EXPECT_FALSE(x.index({tensor({0})}).shares_storage(x));
  EXPECT_EQ(ints(x.index({tensor({-1}), -1, tensor({0, -1})})), (Ints{20, 23}));
  EXPECT_EQ(ints(x.index({tensor({1, 0}, {.dtype = int32}), 0, 0})), (Ints{12, 0}));
}
TEST(Index, IndicesStandWhereTheFirstStoodOrInFront) {
  const Tensor x = cube();
  EXPECT_EQ(x.index({Slice(), tensor({0, 2, 1, 1, 1})}).shape(), (Shape{2, 5, 4}));
  EXPECT_EQ(x.index({tensor({0, 1}), Slice(), tensor({1, 3})}).shape(), (Shape{2, 3}));
  EXPECT_EQ(x.index({Ellipsis, tensor({{1, 3}})}).shape(), (Shape{2, 3, 1, 2}));
  EXPECT_EQ(x.index({0, Slice(), tensor({1, 3})}).shape(), (Shape{3, 2}));  // as torch, not NumPy
  EXPECT_EQ(x.index({tensor({0, 1}), None, tensor({1, 2})}).shape(), (Shape{2, 1, 4}));
}
TEST(Index, MasksPickWhereTheyAreTrue) {
  const Tensor x = cube();
  EXPECT_EQ(ints(x.index({x > 21})), (Ints{22, 23}));
  EXPECT_EQ(x.index({tensor({false, true}), Slice(1)}).shape(), (Shape{1, 2, 4}));
  EXPECT_EQ(ints(x.index({1, tensor({true, false, true}), tensor({0, 3})})), (Ints{12, 23}));
  EXPECT_EQ(x.index({x < 0}).shape(), (Shape{0}));
  EXPECT_EQ(x.index({tensor(true)}).shape(), (Shape{1, 2, 3, 4}));
  EXPECT_EQ(x.index({tensor(false)}).shape(), (Shape{0, 2, 3, 4}));
}
TEST(Index, EmptyIndicesGiveEmptyResults) {
  const Tensor none = empty({0}, {.dtype = int64});
  EXPECT_EQ(cube().index({none}).shape(), (Shape{0, 3, 4}));
  EXPECT_EQ(zeros({0, 3}).index({Slice(), tensor({2, 0})}).shape(), (Shape{0, 2}));
  EXPECT_EQ(zeros({0, 3}).index({none}).shape(), (Shape{0, 3}));
}
TEST(Index, ReadsAnyStrides) {
  const Tensor x = cube().slice(2, Slice(std::nullopt, std::nullopt, -2)).transpose(0, 2);
  EXPECT_EQ(ints(x.index({tensor({0, 1}), Slice(), tensor({1, 0})})), (Ints{15, 19, 23, 1, 5, 9}));
  EXPECT_EQ(ints(x.index({tensor({1}), tensor({0, 2}), tensor({1})})), (Ints{13, 21}));
}
TEST(Index, Errors) {
  const Tensor x = cube();
  EXPECT_EQ(message_of<IndexError>([&] {
              x.index({Slice(), tensor({0, 3})});
            }),
            "index: index 3 at position 1 is out of range for axis 1 of size 3");
  EXPECT_EQ(message_of<IndexError>([&] { x.index({tensor({-3})}); }),
            "index: index -3 at position 0 is out of range for axis 0 of size 2");
  EXPECT_EQ(message_of<DTypeError>([&] { x.index({ones({2})}); }),
            "index: an index is float32: it must be int64, int32 or bool; convert it with .to()");
  EXPECT_EQ(message_of<IndexError>([&] {
              x.index({Slice(), tensor({true, false})});
            }),
            "index: a mask of shape (2) stands at axis 1 of shape (2, 3, 4): sizes 2 and 3 differ");
  EXPECT_THROW(x.index({tensor({0, 1}), tensor({0, 1, 2})}), ShapeError);
  EXPECT_EQ(message_of<IndexError>([&] {
              x.index({x > 0, tensor({0})});
            }),
            "index: 4 indices for 3 axes: shape (2, 3, 4)");
  EXPECT_THROW(x.index({Tensor()}), ValueError);
}

TEST(IndexPut, PlacesThroughEveryKindOfIndex) {
  Tensor x = zeros({3, 3}, {.dtype = int64});
  x.index_put_({tensor({0, 2})}, tensor({1, 2, 3}));
  EXPECT_EQ(ints(x), (Ints{1, 2, 3, 0, 0, 0, 1, 2, 3}));
  x.index_put_({1, Slice(0, 2)}, 7);
  x.index_put_({x == 3}, 9);
  EXPECT_EQ(ints(x), (Ints{1, 2, 9, 7, 7, 0, 1, 2, 9}));
  x.index_put_({Slice(), tensor({0, -1})}, tensor({{1}, {2}, {3}}), true);
  EXPECT_EQ(ints(x), (Ints{2, 2, 10, 9, 7, 2, 4, 2, 12}));
  x.index_put_({Ellipsis}, 0);
  EXPECT_EQ(ints(x), Ints(9, 0));
}
TEST(IndexPut, ChangesTheBaseThroughAView) {
  const Tensor x = zeros({3, 4}, {.dtype = int64});
  x.t()
      .slice(0, Slice(std::nullopt, std::nullopt, -1))
      .index_put_({tensor({0, 1}), tensor({2, 0})}, tensor({5, 6}));
  EXPECT_EQ(ints(x), (Ints{0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 5}));
  x.index({1}).index_put_({tensor({3, 1})}, 8);
  EXPECT_EQ(ints(x.index({1})), (Ints{0, 8, 0, 8}));
}
TEST(IndexPut, OfSeveralValuesForAPlaceTheLastStaysOrAllAreAdded) {
  const Tensor at = tensor({1, 0, 1, 1});
  const Tensor values = tensor({1.f, 2.f, 3.f, 4.f}, {.requires_grad = true});
  const Tensor put = zeros({2}).index_put({at}, values);
  EXPECT_EQ(ints(put), (Ints{2, 4}));
  EXPECT_EQ(ints(grad({put.sum()}, {values})[0]), (Ints{0, 1, 0, 1}));
  const Tensor added = zeros({2}).index_put({at}, values, true);
  EXPECT_EQ(ints(added), (Ints{2, 8}));
  EXPECT_EQ(ints(grad({added.sum()}, {values})[0]), (Ints{1, 1, 1, 1}));
}
TEST(IndexPut, MayReadWhatItWrites) {
  Tensor x = arange(4);
  x.index_put_({tensor({0, 1, 2, 3})}, x.slice(0, Slice(std::nullopt, std::nullopt, -1)));
  EXPECT_EQ(ints(x), (Ints{3, 2, 1, 0}));
  x.index_put_({x}, 7);
  EXPECT_EQ(ints(x), (Ints{7, 7, 7, 7}));
}
TEST(IndexPut, Errors) {
  Tensor x = zeros({2, 3});
  EXPECT_EQ(message_of<DTypeError>([&] { x.index_put_({0}, tensor({1})); }),
            "index_put_: the value is int64 and the tensor float32; convert one with .to(dtype)");
  EXPECT_EQ(message_of<ShapeError>([&] {
              x.index_put_({tensor({0})}, ones({4, 3}));
            }),
            "index_put_: value of shape (4, 3) does not broadcast to (1, 3)");
  EXPECT_EQ(message_of<IndexError>([&] { x.index_put_({tensor({2})}, 0); }),
            "index_put_: index 2 at position 0 is out of range for axis 0 of size 2");
  Tensor w = ones({2}, {.requires_grad = true});
  EXPECT_EQ(message_of<AutogradError>([&] { w.index_put_({tensor({0})}, 0); }),
            "index_put_: the tensor (2) is a leaf that requires grad: changing it in place would "
            "lose its gradient; do it inside a NoGradGuard, or out of place");
  EXPECT_THROW(zeros({2}, {.dtype = int64}).index_put_({0}, 0.5), DTypeError);
  EXPECT_THROW(zeros({1}).expand({3}).index_put_({tensor({0})}, 1), ValueError);
}

TEST(Scatter, PlacesAddsAndReduces) {
  const Tensor at = tensor({{0, 1, 2, 0}});
  const Tensor src = full({1, 4}, 5);
  EXPECT_EQ(ints(scatter(zeros({3, 4}, {.dtype = int64}), 0, at, src)),
            (Ints{5, 0, 0, 5, 0, 5, 0, 0, 0, 0, 5, 0}));
  EXPECT_EQ(ints(scatter_add(ones({3, 4}, {.dtype = int64}), 0, at, src).select(0, 0)),
            (Ints{6, 1, 1, 6}));
  const Tensor x = tensor({7, 1});
  const Tensor twice = tensor({0, 0});
  const Tensor pair = tensor({-8, -2});
  EXPECT_EQ(ints(scatter_reduce(x, 0, twice, pair, "mean")), (Ints{-1, 1}));
  EXPECT_EQ(ints(scatter_reduce(x, 0, twice, pair, "mean", false)), (Ints{-5, 1}));
  EXPECT_EQ(ints(scatter_reduce(x, 0, twice, pair, "prod")), (Ints{112, 1}));
  EXPECT_EQ(ints(scatter_reduce(x, 0, twice, pair, "amax", false)), (Ints{-2, 1}));
  EXPECT_EQ(ints(scatter_reduce(x, 0, twice, pair, "amin")), (Ints{-8, 1}));
  EXPECT_EQ(ints(scatter_reduce(x, 0, twice, pair, "sum", false)), (Ints{-10, 1}));
}

TEST(ScatterReduce, MeansOfLargeIntegersAreExact) {
  const int64_t big = (int64_t{1} << 60) + 1;
  const Tensor at = tensor({0, 0});
  EXPECT_EQ(scatter_reduce(tensor({big}), 0, at, tensor({big, big - 2}), "mean").item<int64_t>(),
            big - 1);
  EXPECT_EQ(scatter_reduce(tensor({big}), 0, at, tensor({-big, -big}), "mean").item<int64_t>(),
            -(big / 3) - 1);  // rounded down
}

TEST(ScatterReduce, MeansCountFurtherThanTheirDtype) {
  const Tensor at = zeros({300}, {.dtype = int64});
  const Tensor bytes = zeros({1}, {.dtype = uint8});
  EXPECT_EQ(scatter_reduce(bytes, 0, at, zeros({300}, {.dtype = uint8}), "mean").item<int>(), 0);
  const Tensor many = zeros({5000}, {.dtype = int64});
  const Tensor halves = full({5000}, 0.5, {.dtype = float16});
  EXPECT_EQ(scatter_reduce(zeros({1}, {.dtype = float16}), 0, many, halves, "mean", false).dtype(),
            float16);
}
TEST(Scatter, OfASmallerIndexTheRestStays) {
  const Tensor x = zeros({2, 3}, {.dtype = int64});
  EXPECT_EQ(ints(scatter(x, 1, tensor({{2, 2}}), tensor({{1, 2, 3}, {4, 5, 6}}))),
            (Ints{0, 0, 2, 0, 0, 0}));
}
TEST(Scatter, InPlaceForms) {
  Tensor x = zeros({3}, {.dtype = int64});
  x.scatter_(0, tensor({2}), 4).scatter_add_(0, tensor({2, 0}), tensor({1, 2}));
  x.index_add_(0, tensor({0, 0}), tensor({1, 1}), 3);
  EXPECT_EQ(ints(x), (Ints{8, 0, 5}));
  x.index_copy_(0, tensor({1}), tensor({9})).index_fill_(0, tensor({-0}), 1);
  EXPECT_EQ(ints(x), (Ints{1, 9, 5}));
  x.scatter_reduce_(0, tensor({1, 1}), tensor({3, 4}), "amin");
  EXPECT_EQ(ints(x), (Ints{1, 3, 5}));
  EXPECT_EQ(ints(x.scatter_(0, tensor({0, 1, 2}), x.flip({0}))), (Ints{5, 3, 1}));
}
TEST(Scatter, ZerosInProducts) {
  // The gradient of a zero is the product of the others; two zeros leave nothing.
  const Tensor x = tensor({1.f, 1.f, 1.f});
  const Tensor src = tensor({0.f, 3.f, 0.f, 0.f, 2.f}, {.requires_grad = true});
  const Tensor y = scatter_reduce(x, 0, tensor({0, 0, 1, 1, 2}), src, "prod");
  EXPECT_EQ(ints(grad({y.sum()}, {src}, {.retain_graph = true})[0]), (Ints{3, 0, 0, 0, 1}));
  EXPECT_EQ(message_of<AutogradError>([&] { grad({y.sum()}, {src}, {.create_graph = true}); }),
            "scatter_reduce: a product with two zeros has no second derivative here; use "
            "create_graph only where at most one factor is zero");
}
TEST(Scatter, TiedExtremesShareTheGradient) {
  const Tensor x = tensor({2.f, 0.f}, {.requires_grad = true});
  const Tensor src = tensor({2.f, 1.f, 2.f, 2.f}, {.requires_grad = true});
  const Tensor y = scatter_reduce(x, 0, tensor({0, 0, 0, 0}), src, "amax");
  const Tensors g = grad({y.sum()}, {x, src});
  EXPECT_EQ(g[0].to_vector<float>(), (std::vector<float>{0.25f, 1}));
  EXPECT_EQ(g[1].to_vector<float>(), (std::vector<float>{0.25f, 0, 0.25f, 0.25f}));
}
TEST(Scatter, Errors) {
  const Tensor x = zeros({2, 3});
  EXPECT_EQ(message_of<ShapeError>([&] {
              scatter(x, 0, tensor({0}), ones({2, 3}));
            }),
            "scatter: index shape (1) does not fit src (2, 3) into (2, 3): all need the same rank, "
            "and the index sizes no larger than src's, and than the tensor's on all axes but 0");
  EXPECT_EQ(message_of<IndexError>([&] { scatter(x, 0, tensor({{-1}}), 1.0); }),
            "scatter: index -1 at position 0 is out of range for axis 0 of size 2");
  EXPECT_EQ(message_of<DTypeError>([&] { scatter_add(x, 0, tensor({{0}}), tensor({{1}})); }),
            "scatter_add: src is int64 (1, 1) and the tensor float32 (2, 3); convert one with "
            ".to(dtype)");
  EXPECT_EQ(message_of<ShapeError>([&] {
              index_add(x, 0, tensor({0, 1, 1}), ones({2, 3}));
            }),
            "index_add: index (3) and src (2, 3) do not fit (2, 3): the index needs one axis, src "
            "the shape (3, 3)");
  EXPECT_EQ(message_of<DTypeError>([&] { index_fill(arange(3), 0, tensor({0}), 0.5); }),
            "index_fill: the value is a float: it cannot be stored in int64 (3)");
  EXPECT_EQ(message_of<ValueError>([&] {
              scatter_reduce(x, 0, tensor({{0}}), ones({1, 1}), "max");
            }),
            "scatter_reduce: unknown reduction 'max': it is sum, prod, mean, amax or amin");
  EXPECT_THROW(index_select(x, 0, tensor({{0}})), ShapeError);
}

TEST(Mask, FillsSelectsAndScatters) {
  const Tensor x = arange(4).reshape({2, 2});
  const Tensor column = tensor({true, false});
  EXPECT_EQ(ints(masked_fill(x, column, 9)), (Ints{9, 1, 9, 3}));
  EXPECT_EQ(ints(masked_fill(x, x > 1, tensor(-1))), (Ints{0, 1, -1, -1}));
  EXPECT_EQ(masked_fill(x.to(float16), column, 0.5).dtype(), float16);
  EXPECT_EQ(ints(masked_fill(column, column, 0)), (Ints{0, 0}));
  EXPECT_EQ(ints(masked_select(x, column)), (Ints{0, 2}));
  EXPECT_EQ(ints(masked_select(tensor({5}), x > 0)), (Ints{5, 5, 5}));
  EXPECT_EQ(ints(masked_scatter(x, x != 2, tensor({7, 8, 9, 10}))), (Ints{7, 8, 2, 9}));
  EXPECT_EQ(masked_scatter(tensor(1), tensor(true), tensor({4})).item<int>(), 4);
  Tensor y = x.clone();
  y.t().masked_fill_(column, 5);
  EXPECT_EQ(ints(y), (Ints{5, 5, 2, 3}));
}
TEST(Mask, Errors) {
  const Tensor x = arange(4);
  EXPECT_EQ(message_of<DTypeError>([&] { masked_fill(x, x, 1); }),
            "masked_fill: the mask is int64: it must be bool; compare it, as in x > 0");
  EXPECT_EQ(message_of<DTypeError>([&] { masked_fill(x, x > 0, 0.5); }),
            "masked_fill: the value is a float: it cannot be stored in int64 (4)");
  EXPECT_EQ(message_of<ShapeError>([&] {
              masked_fill(x, x > 0, tensor({1, 2}));
            }),
            "masked_fill: the value has shape (2): it must have no axes; use where()");
  EXPECT_EQ(message_of<ValueError>([&] {
              masked_scatter(x, x > 0, tensor({1, 2}));
            }),
            "masked_scatter_: the mask names 3 elements, but the source has only 2");
}
TEST(Mask, Nonzero) {
  EXPECT_EQ(ints(nonzero(tensor({{0, 2}, {3, 0}}))), (Ints{0, 1, 1, 0}));
  EXPECT_EQ(nonzero(zeros({2, 3})).shape(), (Shape{0, 2}));
  EXPECT_EQ(nonzero(tensor(2.0)).shape(), (Shape{1, 0}));
  EXPECT_EQ(ints(nonzero(tensor({std::nan(""), 0.0, -0.0, 0.25}))), (Ints{0, 3}));
}

TEST(Pick, TakeAndTakeAlong) {
  const Tensor x = tensor({{10, 30, 20}, {60, 40, 50}});
  EXPECT_EQ(ints(take(x.t(), tensor({{1, -1}}))), (Ints{60, 50}));
  EXPECT_EQ(ints(take_along_dim(x, tensor({{1}, {-1}}), 1)), (Ints{30, 50}));
  EXPECT_EQ(take_along_dim(x, tensor({{0, 0, 1}}), 0).shape(), (Shape{1, 3}));
  EXPECT_EQ(ints(take_along_dim(x, tensor({5, 0}))), (Ints{50, 10}));
  EXPECT_THROW(take(x, tensor({6})), IndexError);
  EXPECT_THROW(take_along_dim(x, tensor({0}), 1), ShapeError);
}
TEST(Pick, EmbeddingAndOneHot) {
  const Tensor w = arange(6).to(float32).reshape({3, 2}).clone().requires_grad_();
  const Tensor rows = embedding(tensor({{2, 0}, {2, 1}}), w, -3);
  EXPECT_EQ(rows.shape(), (Shape{2, 2, 2}));
  EXPECT_EQ(ints(grad({rows.sum()}, {w})[0]), (Ints{0, 0, 1, 1, 2, 2}));
  EXPECT_EQ(ints(one_hot(tensor({1, 0}))), (Ints{0, 1, 1, 0}));
  EXPECT_EQ(one_hot(tensor({{1, 0}}), 4).shape(), (Shape{1, 2, 4}));
  EXPECT_EQ(one_hot(tensor({1})).dtype(), int64);
  EXPECT_EQ(message_of<IndexError>([] {
              one_hot(tensor({1, 3}), 3);
            }),
            "one_hot: index 3 at position 1 is out of range for axis 1 of size 3");
  EXPECT_EQ(message_of<ValueError>([] { one_hot(empty({0}, {.dtype = int64})); }),
            "one_hot: no index to count classes from; pass their number");
  EXPECT_EQ(message_of<ValueError>([] { one_hot(tensor({1}), 0); }),
            "one_hot: the number of classes must be positive, or -1 for as many as needed: 0");
  EXPECT_EQ(message_of<IndexError>([&] { embedding(tensor({0}), w, 3); }),
            "embedding: padding_idx 3 is out of range for 3 rows");
  EXPECT_EQ(message_of<ShapeError>([&] { embedding(tensor({0}), ones({2})); }),
            "embedding: the weight has shape (2): it must have two axes");
}

}  // namespace
}  // namespace ct
