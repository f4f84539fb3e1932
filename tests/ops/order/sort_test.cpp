// What order, selection, histograms and search give where it is not obvious.
#include "customtensor/ops/sort.hpp"

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

TEST(Sort, IsStableInBothDirectionsWithNanLargest) {
  const Tensor x = tensor({1.0, kNan, -kInf, kInf, kNan, 0.0, -0.0});
  const auto [up, from] = x.sort();
  EXPECT_TRUE(near(up, {-kInf, 0, 0, 1, kInf, kNan, kNan}, 0));
  EXPECT_TRUE(near(from, {2, 5, 6, 0, 3, 1, 4}, 0));
  EXPECT_TRUE(std::signbit(up.select(0, 2).item<float>()));
  const auto [down, places] = x.sort(0, true);
  EXPECT_TRUE(near(down, {kNan, kNan, kInf, 1, 0, 0, -kInf}, 0));
  EXPECT_TRUE(near(places, {1, 4, 3, 0, 5, 6, 2}, 0));
}

TEST(Sort, OfEveryType) {
  for (const DType dtype : {float32, float64, float16, bfloat16, int32, int64}) {
    const Tensor x = tensor({3.0, -2.0, 0.0, 3.0, -5.0}).to(dtype);
    EXPECT_EQ(x.sort().first.dtype(), dtype);
    EXPECT_TRUE(near(x.sort().first, {-5, -2, 0, 3, 3}, 0)) << name(dtype);
    EXPECT_TRUE(near(x.argsort(0, true), {0, 3, 2, 1, 4}, 0)) << name(dtype);
  }
  EXPECT_TRUE(near(tensor({200, 3, 255}, {.dtype = uint8}).sort().first, {3, 200, 255}, 0));
  EXPECT_TRUE(near(tensor({true, false}).sort().second, {1, 0}, 0));
}

TEST(Sort, OfNothingAndOfANumber) {
  EXPECT_EQ(zeros({3, 0}).sort().second.shape(), (Shape{3, 0}));
  EXPECT_EQ(zeros({0, 3}).topk(2).first.shape(), (Shape{0, 2}));
  EXPECT_EQ(tensor(2.0).sort(0).first.shape(), Shape());
  EXPECT_EQ(tensor(2.0).topk(1).second.shape(), Shape());
  EXPECT_EQ(tensor(2.0).kthvalue(1).first.shape(), Shape());
  EXPECT_EQ(ones({3}).topk(0).first.shape(), (Shape{0}));
}

TEST(Sort, TopKGivesTheFirstOfEquals) {
  const auto [values, places] = tensor({5, 7, 7, 1, 7}).topk(2);
  EXPECT_TRUE(near(values, {7, 7}, 0));
  EXPECT_TRUE(near(places, {1, 2}, 0));
  EXPECT_TRUE(near(tensor({kNan, 1.0, kInf}).topk(2).first, {kNan, kInf}, 0));
  EXPECT_TRUE(near(tensor({kNan, 1.0, kInf}).topk(2, 0, false).first, {1, kInf}, 0));
}

TEST(Sort, MedianIsTheLowerOfTwo) {
  EXPECT_TRUE(near(tensor({4, 1, 3, 2}).median(), {2}, 0));
  const auto [values, places] = tensor({{4.0, 1.0, 3.0, 2.0}, {kNan, 1.0, kNan, 0.0}}).median(1);
  EXPECT_TRUE(near(values, {2, kNan}, 0));
  EXPECT_TRUE(near(places, {3, 0}, 0));
  EXPECT_TRUE(near(zeros({0}).median(), {kNan}, 0));
}

TEST(Sort, NanMedianLeavesNanOut) {
  const auto [values, places] =
      tensor({{3.0, kNan, 1.0, kNan}, {kNan, kNan, kNan, kNan}, {4.0, 1.0, 3.0, kNan}})
          .nanmedian(1);
  EXPECT_TRUE(near(values, {1, kNan, 3}, 0));
  EXPECT_TRUE(near(places, {2, 0, 2}, 0));
  EXPECT_TRUE(near(tensor({kNan, 5.0}).nanmedian(), {5}, 0));
}

TEST(Sort, EqualMediansShareTheGradient) {
  Tensor x = tensor({3.0, 1.0, 1.0, 1.0}, {.dtype = float64}).requires_grad_();
  x.median().backward();
  EXPECT_TRUE(near(x.grad(), {0, 1.0 / 3, 1.0 / 3, 1.0 / 3}, 1e-12));
  Tensor y = tensor({3.0, kNan, 1.0}, {.dtype = float64}).requires_grad_();
  y.median().backward();
  EXPECT_TRUE(near(y.grad(), {0, 1, 0}, 0));
}

TEST(Sort, Errors) {
  EXPECT_EQ(message_of<ValueError>([] {
              ones({2, 3}).topk(4);
            }),
            "topk: k = 4 is out of range: axis 1 of shape (2, 3) has 3 elements");
  EXPECT_EQ(message_of<ValueError>([] {
              ones({2, 3}).kthvalue(0, 0);
            }),
            "kthvalue: k = 0 is out of range: axis 0 of shape (2, 3) has 2 elements, counted from "
            "1");
  EXPECT_EQ(message_of<ValueError>([] {
              zeros({0, 3}).median(0);
            }),
            "median: no elements to choose from along axis 0: shape (0, 3)");
  EXPECT_EQ(message_of<DTypeError>([] { tensor({true}).median(); }),
            "median: the tensor is bool: it must be a number; convert with .to(ct::uint8)");
  EXPECT_THROW(ones({2}).sort(1), IndexError);
  EXPECT_THROW(tensor(1.0).topk(2), ValueError);
}

TEST(Unique, GivesValuesInverseAndCounts) {
  const Tensor x = tensor({{3, 1}, {3, 2}});
  const auto [values, inverse, counts] = unique(x, {.inverse = true, .counts = true});
  EXPECT_TRUE(near(values, {1, 2, 3}, 0));
  EXPECT_TRUE(near(inverse, tensor({{2, 0}, {2, 1}}), 0));
  EXPECT_TRUE(near(counts, {1, 1, 2}, 0));
  EXPECT_FALSE(unique(x).inverse.defined());
  EXPECT_TRUE(near(tensor({true, false, true}).unique(), {0, 1}, 0));
}

TEST(Unique, IntegersFarApartAreSortedNearOnesCounted) {
  const int64_t far = std::numeric_limits<int64_t>::max();
  for (const int64_t other : {far, int64_t{-1}}) {
    const auto [values, inverse, counts] =
        unique(tensor({other, int64_t{0}, other}), {.inverse = true, .counts = true});
    const bool behind = other > 0;
    EXPECT_EQ(values.to_vector<int64_t>(),
              behind ? (std::vector<int64_t>{0, far}) : (std::vector<int64_t>{-1, 0}));
    EXPECT_TRUE(near(inverse, behind ? tensor({1, 0, 1}) : tensor({0, 1, 0}), 0));
    EXPECT_TRUE(near(counts, behind ? tensor({1, 2}) : tensor({2, 1}), 0));
  }
}

TEST(Unique, NansAreDistinct) {
  EXPECT_TRUE(near(tensor({kNan, 1.0, kNan, -0.0, 0.0}).unique(), {0, 1, kNan, kNan}, 0));
}

TEST(Unique, OfNothing) {
  const auto result = unique(zeros({0, 2}), {.inverse = true, .counts = true});
  EXPECT_EQ(result.values.shape(), (Shape{0}));
  EXPECT_EQ(result.inverse.shape(), (Shape{0, 2}));
  EXPECT_EQ(result.counts.shape(), (Shape{0}));
  EXPECT_EQ(unique(zeros({0, 2}), {.axis = 0}).values.shape(), (Shape{0, 2}));
}

TEST(Unique, OfSlices) {
  const auto rows =
      unique(tensor({{1, 2}, {0, 3}, {1, 2}}), {.axis = 0, .inverse = true, .counts = true});
  EXPECT_TRUE(near(rows.values, tensor({{0, 3}, {1, 2}}), 0));
  EXPECT_TRUE(near(rows.inverse, {1, 0, 1}, 0));
  EXPECT_TRUE(near(rows.counts, {1, 2}, 0));
  EXPECT_TRUE(near(unique(tensor({{2, 1, 2}, {5, 0, 5}}), {.axis = -1}).values,
                   tensor({{1, 2}, {0, 5}}), 0));
}

TEST(Unique, ConsecutiveKeepsTheOrder) {
  const auto runs = unique_consecutive(tensor({1, 1, 2, 1}), {.inverse = true, .counts = true});
  EXPECT_TRUE(near(runs.values, {1, 2, 1}, 0));
  EXPECT_TRUE(near(runs.inverse, {0, 0, 1, 2}, 0));
  EXPECT_TRUE(near(runs.counts, {2, 1, 1}, 0));
}

TEST(Bincount, CountsAndWeighs) {
  EXPECT_TRUE(near(tensor({1, 3, 1}).bincount(), {0, 2, 0, 1}, 0));
  EXPECT_TRUE(near(tensor({1}).bincount(3), {0, 1, 0}, 0));
  EXPECT_EQ(zeros({0}, {.dtype = int64}).bincount().shape(), (Shape{0}));
  const Tensor weighed = bincount(tensor({1, 1, 3}), tensor({1, 2, 3}));
  EXPECT_EQ(weighed.dtype(), float64);
  EXPECT_TRUE(near(weighed, {0, 3, 0, 3}, 0));
}

TEST(Bincount, Errors) {
  EXPECT_EQ(message_of<ValueError>([] {
              tensor({2, -3}).bincount();
            }),
            "bincount: x has a negative element: -3");
  EXPECT_EQ(message_of<ValueError>([] { tensor({2}).bincount(-1); }),
            "bincount: minlength must not be negative: -1");
  EXPECT_EQ(message_of<ShapeError>([] {
              bincount(tensor({1, 2}), ones({3}));
            }),
            "bincount: x (2) and weights (3) do not fit: both must be (n)");
  EXPECT_EQ(message_of<DTypeError>([] { ones({2}).bincount(); }),
            "bincount: x is float32: it must be integers; convert with .to(ct::int64)");
}

TEST(Histc, LeavesOutsideAndNanOut) {
  EXPECT_TRUE(near(tensor({-1.0, 0.5, 1.0, 9.0, kNan}).histc(4, 0, 1), {0, 0, 1, 1}, 0));
  EXPECT_TRUE(near(tensor({1.0, 2.0, 3.0, 3.0}).histc(4), {1, 0, 1, 2}, 0));
  EXPECT_TRUE(near(tensor({1.0, 1.0}).histc(4), {0, 0, 2, 0}, 0));
  EXPECT_TRUE(near(zeros({0}).histc(2), {0, 0}, 0));
  EXPECT_EQ(tensor({1.0}).to(float16).histc(2).dtype(), float16);
}

TEST(Histc, Errors) {
  EXPECT_EQ(message_of<ValueError>([] { ones({2}).histc(0); }), "histc: bins must be positive: 0");
  EXPECT_EQ(message_of<ValueError>([] { ones({2}).histc(4, 2, 1); }),
            "histc: the range is empty: [2, 1]");
  EXPECT_EQ(message_of<ValueError>([] {
              tensor({1.0, kInf}).histc(4);
            }),
            "histc: the range [1, inf] is not finite");
  EXPECT_THROW(tensor({1}).histc(), DTypeError);
}

TEST(Search, GoesBeforeOrBehindEqualOnes) {
  const Tensor sorted = tensor({1.0, 2.0, 2.0, 3.0});
  EXPECT_TRUE(near(searchsorted(sorted, tensor({0.0, 2.0, 9.0, kNan})), {0, 1, 4, 4}, 0));
  EXPECT_TRUE(near(searchsorted(sorted, tensor({2.0, kNan}), {.right = true}), {3, 4}, 0));
  EXPECT_TRUE(near(bucketize(tensor(2), sorted), tensor(1), 0));
  EXPECT_TRUE(near(bucketize(tensor({2.5}), tensor({1, 2, 3})), {2}, 0));
  EXPECT_TRUE(near(searchsorted(zeros({0}), ones({2})), {0, 0}, 0));
}

TEST(Search, RowsHaveTheirOwnNumbers) {
  const Tensor sorted = tensor({{1, 3, 5}, {2, 4, 6}});
  EXPECT_TRUE(near(searchsorted(sorted, tensor({{3, 6}, {3, 6}})), tensor({{1, 3}, {1, 2}}), 0));
  const Tensor mixed = tensor({{5, 1, 3}, {4, 6, 2}});
  EXPECT_TRUE(near(searchsorted(mixed, tensor({{3, 6}, {3, 6}}), {.sorter = mixed.argsort()}),
                   tensor({{1, 3}, {1, 2}}), 0));
}

TEST(Search, Errors) {
  EXPECT_EQ(message_of<ShapeError>([] {
              searchsorted(ones({2, 3}), ones({3, 2}));
            }),
            "searchsorted: sorted (2, 3) and values (3, 2) do not fit: sorted needs one axis, or "
            "all sizes but the last equal");
  EXPECT_EQ(message_of<ShapeError>([] {
              bucketize(ones({2}), ones({2, 2}));
            }),
            "bucketize: the boundaries have shape (2, 2): they must have one axis");
  EXPECT_EQ(message_of<ShapeError>([] {
              searchsorted(ones({3}), ones({2}), {.sorter = tensor({0, 1})});
            }),
            "searchsorted: the sorter has shape (2): it must be sorted's, (3)");
  EXPECT_EQ(
      message_of<DTypeError>([] { searchsorted(ones({3}), ones({2}), {.sorter = ones({3})}); }),
      "searchsorted: the sorter is float32: it must be int64; convert with .to(ct::int64)");
  EXPECT_THROW(searchsorted(tensor(1.0), ones({2})), ShapeError);
}

}  // namespace
}  // namespace ct
