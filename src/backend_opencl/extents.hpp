// A shape seen from one of its axes: (outer, n, inner).
#pragma once

#include <algorithm>

#include "backend_opencl/device/profile.hpp"
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

/// Lines side by side that an item takes along an axis that is not the last: on CPUs up to SPAN of
/// kernels/rows.cl, in whole vectors, but a few items for each unit.
inline int64_t column_span(const Profile& profile, const Extents& e, DType compute) {
  if (profile.style == Style::gpu) return 1;
  constexpr int64_t kMost = 512;
  const int64_t lanes = profile.program_lanes(item_size(compute));
  const auto whole = [&](int64_t lines) { return (lines + lanes - 1) / lanes * lanes; };
  const int64_t fair = whole(e.outer * e.inner / (profile.compute_units * int64_t{4}));
  return std::clamp(fair, lanes, std::min(kMost, whole(e.inner)));
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
