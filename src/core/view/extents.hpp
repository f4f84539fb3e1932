// A shape seen from one of its axes: (outer, n, inner), as the families see it that work along an
// axis. Element (o, i, c) of a dense array stands at (o * n + i) * inner + c.
#pragma once

#include <cstdint>

#include "customtensor/shape.hpp"

namespace ct {

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

}  // namespace ct
