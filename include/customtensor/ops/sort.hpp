// Order: sorting, selecting by rank, distinct values, histograms, searching in sorted numbers.
// A NaN is larger than everything and -0 equals 0. Sorting is stable: equal elements keep their
// order. Gradients of values go to the elements that were chosen.
#pragma once

#include <optional>
#include <utility>

#include "customtensor/tensor.hpp"

namespace ct {

/// Values in order along `axis`, and their int64 places before.
/// Errors: IndexError
CT_API std::pair<Tensor, Tensor> sort(const Tensor& x, int64_t axis = -1, bool descending = false);
CT_API Tensor argsort(const Tensor& x, int64_t axis = -1, bool descending = false);
/// The k largest (or smallest) along `axis`, the best first, and their places; the earlier of
/// equals first.
/// Errors: IndexError; ValueError unless 0 <= k <= n
CT_API std::pair<Tensor, Tensor> topk(const Tensor& x, int64_t k, int64_t axis = -1,
                                      bool largest = true);
/// The k-th smallest (k from 1) and its place.
/// Errors: IndexError; ValueError unless 1 <= k <= n
CT_API std::pair<Tensor, Tensor> kthvalue(const Tensor& x, int64_t k, int64_t axis = -1,
                                          bool keepdim = false);
/// The middle value, the lower one of two; NaN if there is a NaN. Without an axis: of all elements
/// (NaN of none), and equal ones share the gradient.
/// Errors: DTypeError for bool; ValueError if the axis is empty
CT_API Tensor median(const Tensor& x);
CT_API std::pair<Tensor, Tensor> median(const Tensor& x, int64_t axis, bool keepdim = false);
/// The same of what is not NaN.
CT_API Tensor nanmedian(const Tensor& x);
CT_API std::pair<Tensor, Tensor> nanmedian(const Tensor& x, int64_t axis, bool keepdim = false);

struct UniqueOptions {
  std::optional<int64_t> axis = std::nullopt;  ///< compare whole slices along it, not elements
  bool inverse = false;
  bool counts = false;
};
struct UniqueResult {
  Tensor values;   ///< distinct ones (each NaN is distinct)
  Tensor inverse;  ///< int64, x's shape (or size along the axis): x = values[inverse]
  Tensor counts;   ///< int64: how often each occurs
};
/// The distinct elements in ascending order. `inverse` and `counts` are undefined unless asked for.
/// Waits for the device: the result's size depends on the values.
CT_API UniqueResult unique(const Tensor& x, const UniqueOptions& options = {});
/// The same without sorting: of runs of equal elements one each.
CT_API UniqueResult unique_consecutive(const Tensor& x, const UniqueOptions& options = {});

/// How often each of 0, 1, … occurs, or the sum of its weights (integers in float64).
///
/// Shapes:   x (n) integers, weights (n) or undefined -> (max(minlength, largest + 1))
/// Errors:   ShapeError, DTypeError; ValueError for a negative element or minlength
/// Gradient: of weights. Waits for the device.
CT_API Tensor bincount(const Tensor& x, const Tensor& weights = Tensor(), int64_t minlength = 0);
/// Counts in `bins` equal parts of [low, high], in x's dtype; what is outside, and NaN, is left
/// out. low = high: from the smallest to the largest element. Errors: DTypeError for integers;
/// ValueError for bins < 1, low > high or a range not finite
CT_API Tensor histc(const Tensor& x, int64_t bins = 100, double low = 0, double high = 0);

struct SearchOptions {
  bool right = false;        ///< behind equal ones
  Tensor sorter = Tensor();  ///< int64: `sorted` is in order only if read by it, as from argsort
};
/// Where each value would be inserted into sorted numbers, int64. A NaN goes to the end.
///
/// Shapes: sorted (n), values any; or sorted (..., n), values (..., m) -> values' shape
/// Errors: ShapeError, DTypeError for a sorter that is not int64
CT_API Tensor searchsorted(const Tensor& sorted, const Tensor& values,
                           const SearchOptions& options = {});
/// Number of the bucket of each value: boundaries[i - 1] < value <= boundaries[i], or, if `right`,
/// boundaries[i - 1] <= value < boundaries[i].
/// Shapes: boundaries (n), ascending
CT_API Tensor bucketize(const Tensor& values, const Tensor& boundaries, bool right = false);

}  // namespace ct
