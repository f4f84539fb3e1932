// Strided views of memory: how they lie, and other views of the same elements. Nothing here touches
// an element.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "customtensor/backend.hpp"
#include "customtensor/shape.hpp"

namespace ct {

/// Whether the elements lie one after the other in row-major order. Strides of axes that are never
/// stepped along do not count: those of size 1, and all of an array without elements.
inline bool is_dense(const Shape& shape, const Strides& strides) {
  int64_t expected = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    if (shape[axis] == 0) return true;
    if (shape[axis] != 1 && strides[axis] != expected) return false;
    expected *= shape[axis];
  }
  return true;
}
inline bool is_dense(const TensorView& view) { return is_dense(view.shape, view.strides); }

/// Address of a view's first element, of a device whose buffers are addresses.
template <class T>
T* view_data(const TensorView& view) {
  return static_cast<T*>(view.buffer) + view.offset;
}

/// The view as an operand of a call with its shape.
inline Operand operand_of(const TensorView& view) {
  return {view.buffer, view.offset, view.dtype, view.strides};
}

/// The view with `axis` moved to the end; an absent one stays absent.
inline TensorView axis_last(TensorView view, int axis) {
  if (!view) return view;
  const int64_t size = view.shape[axis];
  const int64_t stride = view.strides[axis];
  view.shape.erase(axis);
  view.shape.push_back(size);
  view.strides.erase(axis);
  view.strides.push_back(stride);
  return view;
}

/// The view with its axes in another order: axis i of the result is axis order[i].
inline TensorView permuted(const TensorView& view, std::initializer_list<int> order) {
  TensorView result = view;
  int to = 0;
  for (const int from : order) {
    result.shape[to] = view.shape[from];
    result.strides[to] = view.strides[from];
    ++to;
  }
  return result;
}

/// Narrows the view to `count` places of an axis from `first` on.
inline void narrow_axis(TensorView& view, int axis, int64_t first, int64_t count) {
  view.offset += first * view.strides[axis];
  view.shape[axis] = count;
}

}  // namespace ct
