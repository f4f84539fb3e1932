// Picking elements by index, and placing them: gather, scatter and what is made of them. Indices
// are int64. They must not be negative, except where it is said that negative ones count from the
// end.
//
// Errors, all: DTypeError for an index that is not int64; IndexError for one out of range, naming
// it, its position, the axis and its size; ShapeError where shapes do not fit; DeviceError. A
// device whose memory the host cannot see (custom_gpu) looks at the index itself: one out of range
// is then forced into the range, and the next call that waits for the device throws.
// CT_CHECK_INDICES=1 lets the op wait, and throw itself.
//
// Results never depend on the number of threads: where an index repeats, values are added in their
// order, and of assigned values the last stays. All are differentiable to any order unless said.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "customtensor/tensor.hpp"

namespace ct {

// --- Picking
// -------------------------------------------------------------------------------------

/// out[i][j] = x[i][index[i][j]] along `axis`; index of x's rank, no larger than x on the other
/// axes. Gradient: added up where an index repeats
CT_API Tensor gather(const Tensor& x, int64_t axis, const Tensor& index);
/// Rows (or slices) of x along `axis`: index (k) -> size k there.
CT_API Tensor index_select(const Tensor& x, int64_t axis, const Tensor& index);
/// Elements of the flattened x, in index's shape; negative indices count from the end.
CT_API Tensor take(const Tensor& x, const Tensor& index);
/// gather with x and index broadcast on all other axes; no axis: of the flattened x. Negative
/// indices count from the end, as in numpy.take_along_axis.
CT_API Tensor take_along_dim(const Tensor& x, const Tensor& index,
                             std::optional<int64_t> axis = std::nullopt);
/// The elements where the bool mask, which broadcasts with x, is true: one axis. Waits for the
/// mask, whose count is the shape.
CT_API Tensor masked_select(const Tensor& x, const Tensor& mask);
/// Positions of the elements that are not zero: (count, rank) int64, in row-major order. Waits.
CT_API Tensor nonzero(const Tensor& x);
/// Rows of `weight` (rows, d): index of any shape -> (…, d). The row `padding_idx` (negative: from
/// the end) gets no gradient.
CT_API Tensor embedding(const Tensor& index, const Tensor& weight,
                        std::optional<int64_t> padding_idx = std::nullopt);
/// index (…) -> (…, classes) int64, 1 at the index. -1 classes: as many as the largest index needs,
/// which waits for it.
CT_API Tensor one_hot(const Tensor& index, int64_t classes = -1);

// --- Placing: x with some elements replaced; each has a form in place, with an underscore
// ------------------------------------------------------------------------------------------

/// out[i][index[i][j]] = src[i][j] along `axis`. All of one rank; index no larger than src, and
/// than x on the other axes.
CT_API Tensor scatter(const Tensor& x, int64_t axis, const Tensor& index, const Tensor& src);
CT_API Tensor scatter(const Tensor& x, int64_t axis, const Tensor& index, const Scalar& value);
CT_API Tensor scatter_add(const Tensor& x, int64_t axis, const Tensor& index, const Tensor& src);
/// The same by "sum", "prod", "mean", "amax" or "amin" (ties share the gradient) of all that arrive
/// at a place, with what was there unless include_self is false. The second derivative of a product
/// with two zeros is an error.
CT_API Tensor scatter_reduce(const Tensor& x, int64_t axis, const Tensor& index, const Tensor& src,
                             std::string_view reduce, bool include_self = true);
/// Slices src (k there) added to, or copied over, those of x that index (k) names.
CT_API Tensor index_add(const Tensor& x, int64_t axis, const Tensor& index, const Tensor& src,
                        const Scalar& alpha = 1);
CT_API Tensor index_copy(const Tensor& x, int64_t axis, const Tensor& index, const Tensor& src);
CT_API Tensor index_fill(const Tensor& x, int64_t axis, const Tensor& index, const Scalar& value);
/// `value` where the bool mask, which broadcasts with x, is true.
CT_API Tensor masked_fill(const Tensor& x, const Tensor& mask, const Scalar& value);
/// The same with a value of no axes, which gets a gradient.
CT_API Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value);
/// The first elements of `source`, in order, where the mask is true. Waits for the mask.
CT_API Tensor masked_scatter(const Tensor& x, const Tensor& mask, const Tensor& source);
/// Tensor::index_put_ on a copy.
inline Tensor index_put(const Tensor& x, std::initializer_list<Index> indices, const Tensor& value,
                        bool accumulate = false) {
  return x.index_put(indices, value, accumulate);
}

}  // namespace ct
