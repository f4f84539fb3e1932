// A shape seen from one of its axes: (outer, n, inner).
#pragma once

#include "customtensor/backend.hpp"

namespace ct::opencl {

struct Extents {
  int64_t outer = 1, n = 1, inner = 1;
  bool empty() const { return outer == 0 || n == 0 || inner == 0; }
};

inline Extents extents_around(const Shape& shape, int axis) {
  Extents e;
  for (int i = 0; i < shape.rank(); ++i) {
    (i < axis ? e.outer : i == axis ? e.n : e.inner) *= shape[i];
  }
  return e;
}

/// The view with `axis` moved to the end.
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

}  // namespace ct::opencl
