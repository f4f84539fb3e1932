// Joining, splitting and rearranging. Views of one tensor are methods of Tensor too; what copies
// says so. Every one is differentiable to any order.
#pragma once

#include <span>
#include <string_view>

#include "customtensor/tensor.hpp"

namespace ct {

// --- Joining: copies
// -----------------------------------------------------------------------------

/// Joins along an existing axis; dtypes promote.
/// Errors: ShapeError if another axis differs, naming the tensor; ValueError for no tensors
CT_API Tensor cat(std::span<const Tensor> tensors, int64_t axis = 0);
/// Joins along a new axis.
CT_API Tensor stack(std::span<const Tensor> tensors, int64_t axis = 0);
/// Joins columns, rows, or along a third axis, which tensors of fewer axes get.
CT_API Tensor hstack(std::span<const Tensor> tensors);
CT_API Tensor vstack(std::span<const Tensor> tensors);
CT_API Tensor dstack(std::span<const Tensor> tensors);

// --- Splitting: views
// ----------------------------------------------------------------------------

/// Pieces of `size` along the axis (the last may be smaller).
CT_API Tensors split(const Tensor& x, int64_t size, int64_t axis = 0);
/// Pieces of the given sizes. Errors: ShapeError unless they add up to the axis
CT_API Tensors split(const Tensor& x, std::span<const int64_t> sizes, int64_t axis = 0);
/// At most `chunks` pieces of equal size (the last may be smaller).
CT_API Tensors chunk(const Tensor& x, int64_t chunks, int64_t axis = 0);
/// Exactly `sections` pieces, the first ones one larger where it does not divide.
CT_API Tensors tensor_split(const Tensor& x, int64_t sections, int64_t axis = 0);
/// Pieces that begin and end at the positions `at`.
CT_API Tensors tensor_split(const Tensor& x, std::span<const int64_t> at, int64_t axis = 0);
/// All slices along an axis, which they lack.
CT_API Tensors unbind(const Tensor& x, int64_t axis = 0);
/// Each tensor of one axis, expanded to the grid that they span. indexing: "ij", or "xy", where the
/// first two axes change places.
CT_API Tensors meshgrid(std::span<const Tensor> tensors, std::string_view indexing = "ij");

// --- Rearranging: copies
// -------------------------------------------------------------------------

/// x beside itself, times[i] times along axis i; `times` may name new leading axes.
/// Errors: ShapeError if it names fewer axes than x has
CT_API Tensor repeat(const Tensor& x, const Dims& times);
/// The same, where missing leading `times` are 1.
CT_API Tensor tile(const Tensor& x, const Dims& times);
/// Each element `times` times in a row, along an axis or of the flattened tensor.
CT_API Tensor repeat_interleave(const Tensor& x, int64_t times,
                                std::optional<int64_t> axis = std::nullopt);
/// Element i times[i] times (`times` int64: one for each, or a single one). Reads `times` on the
/// host, since they decide the shape.
CT_API Tensor repeat_interleave(const Tensor& x, const Tensor& times,
                                std::optional<int64_t> axis = std::nullopt);
/// Reversed along each of the axes.
CT_API Tensor flip(const Tensor& x, const Axes& axes);
/// Moved along each axis; what falls off the end comes back at the start. No axes: of the flattened
/// tensor.
CT_API Tensor roll(const Tensor& x, const Dims& shifts, const Axes& axes = {});
/// Turned by quarters from the first axis towards the second.
CT_API Tensor rot90(const Tensor& x, int64_t times = 1, const Axes& axes = {0, 1});
/// The last two axes below (triu: above) a diagonal, which stays; zeros elsewhere.
CT_API Tensor tril(const Tensor& x, int64_t diagonal = 0);
CT_API Tensor triu(const Tensor& x, int64_t diagonal = 0);
/// One axis: the matrix with that diagonal. Two axes: the diagonal.
CT_API Tensor diag(const Tensor& x, int64_t diagonal = 0);
/// Zeros with x's last axis on the diagonal of two new axes.
CT_API Tensor diag_embed(const Tensor& x, int64_t offset = 0, int64_t axis1 = -2,
                         int64_t axis2 = -1);

enum class PadMode {
  constant,   ///< a value; negative amounts crop
  reflect,    ///< 3 2 [1 2 3] 2 1
  replicate,  ///< 1 1 [1 2 3] 3 3
  circular,   ///< 2 3 [1 2 3] 1 2
};
/// Grows x at the ends of its last axes: `amounts` (low, high) for the last, then for the one
/// before… Errors: ShapeError if more axes are named than there are; ValueError if a mode but
/// constant has to take more than the axis holds
CT_API Tensor pad(const Tensor& x, std::span<const int64_t> amounts,
                  PadMode mode = PadMode::constant, const Scalar& value = 0);

// --- With lists in braces, and views as functions
// ------------------------------------------------

inline Tensor cat(std::initializer_list<Tensor> tensors, int64_t axis = 0) {
  return cat(std::span(tensors.begin(), tensors.size()), axis);
}
inline Tensor stack(std::initializer_list<Tensor> tensors, int64_t axis = 0) {
  return stack(std::span(tensors.begin(), tensors.size()), axis);
}
inline Tensor hstack(std::initializer_list<Tensor> tensors) {
  return hstack(std::span(tensors.begin(), tensors.size()));
}
inline Tensor vstack(std::initializer_list<Tensor> tensors) {
  return vstack(std::span(tensors.begin(), tensors.size()));
}
inline Tensor dstack(std::initializer_list<Tensor> tensors) {
  return dstack(std::span(tensors.begin(), tensors.size()));
}
inline Tensors split(const Tensor& x, std::initializer_list<int64_t> sizes, int64_t axis = 0) {
  return split(x, std::span(sizes.begin(), sizes.size()), axis);
}
inline Tensors tensor_split(const Tensor& x, std::initializer_list<int64_t> at, int64_t axis = 0) {
  return tensor_split(x, std::span(at.begin(), at.size()), axis);
}
inline Tensors meshgrid(std::initializer_list<Tensor> tensors, std::string_view indexing = "ij") {
  return meshgrid(std::span(tensors.begin(), tensors.size()), indexing);
}
inline Tensor pad(const Tensor& x, std::initializer_list<int64_t> amounts,
                  PadMode mode = PadMode::constant, const Scalar& value = 0) {
  return pad(x, std::span(amounts.begin(), amounts.size()), mode, value);
}
inline Tensor reshape(const Tensor& x, const Shape& shape) { return x.reshape(shape); }
inline Tensor flatten(const Tensor& x, int64_t start = 0, int64_t end = -1) {
  return x.flatten(start, end);
}
inline Tensor unflatten(const Tensor& x, int64_t axis, const Shape& sizes) {
  return x.unflatten(axis, sizes);
}
inline Tensor squeeze(const Tensor& x) { return x.squeeze(); }
inline Tensor squeeze(const Tensor& x, int64_t axis) { return x.squeeze(axis); }
inline Tensor unsqueeze(const Tensor& x, int64_t axis) { return x.unsqueeze(axis); }
inline Tensor transpose(const Tensor& x, int64_t a, int64_t b) { return x.transpose(a, b); }
inline Tensor permute(const Tensor& x, const Dims& order) { return x.permute(order); }
inline Tensor movedim(const Tensor& x, int64_t from, int64_t to) { return x.movedim(from, to); }
inline Tensor movedim(const Tensor& x, const Dims& from, const Dims& to) {
  return x.movedim(from, to);
}
inline Tensor swapaxes(const Tensor& x, int64_t a, int64_t b) { return x.swapaxes(a, b); }
inline Tensor broadcast_to(const Tensor& x, const Shape& shape) { return x.broadcast_to(shape); }
inline Tensor narrow(const Tensor& x, int64_t axis, int64_t start, int64_t length) {
  return x.narrow(axis, start, length);
}
inline Tensor select(const Tensor& x, int64_t axis, int64_t index) { return x.select(axis, index); }
inline Tensor diagonal(const Tensor& x, int64_t offset = 0, int64_t axis1 = 0, int64_t axis2 = 1) {
  return x.diagonal(offset, axis1, axis2);
}
inline Tensor as_strided(const Tensor& x, const Shape& shape, const Strides& strides,
                         int64_t offset) {
  return x.as_strided(shape, strides, offset);
}

}  // namespace ct
