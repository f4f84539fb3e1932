// Joining and rearranging; views are methods of Tensor.
#pragma once

#include <span>

#include "customtensor/tensor.hpp"

namespace ct {

/// Joins along an existing axis; dtypes promote.
/// Errors: ShapeError if another axis differs, naming the tensor; ValueError for no tensors
CT_API Tensor cat(std::span<const Tensor> tensors, int64_t axis = 0);
inline Tensor cat(std::initializer_list<Tensor> tensors, int64_t axis = 0) {
  return cat(std::span(tensors.begin(), tensors.size()), axis);
}
/// Joins along a new axis.
CT_API Tensor stack(std::span<const Tensor> tensors, int64_t axis = 0);
inline Tensor stack(std::initializer_list<Tensor> tensors, int64_t axis = 0) {
  return stack(std::span(tensors.begin(), tensors.size()), axis);
}
/// Views of `size` along the axis (the last may be smaller).
CT_API Tensors split(const Tensor& x, int64_t size, int64_t axis = 0);

/// out[i][j] = x[i][index[i][j]] along `axis`; index int64, of x's rank, no larger than x on the
/// other axes. Gradient: added up where an index repeats
CT_API Tensor gather(const Tensor& x, int64_t axis, const Tensor& index);
/// Rows (or slices) of x along `axis`: index (k) -> size k there.
CT_API Tensor index_select(const Tensor& x, int64_t axis, const Tensor& index);

}  // namespace ct
