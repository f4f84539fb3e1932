// The usual broadcasting rule on shapes that lack their last axes.
#include "ops/shape/leading.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "customtensor/error.hpp"

namespace ct::ops {

Shape without_last(Shape shape, int count) {
  shape.resize(shape.rank() - count);
  return shape;
}

int conflicting_axis(const Shape& a, const Shape& b) {
  for (int axis = -1; axis >= -std::min(a.rank(), b.rank()); --axis) {
    const int64_t m = a[a.rank() + axis];
    const int64_t n = b[b.rank() + axis];
    if (m != n && m != 1 && n != 1) return axis;
  }
  return 0;
}

Shape broadcast_leading(const Shape& a, const Shape& b, const char* op) {
  const Shape lead_a = without_last(a, 2);
  const Shape lead_b = without_last(b, 2);
  if (lead_a == lead_b) return lead_a;
  if (const int axis = conflicting_axis(lead_a, lead_b); axis != 0) {
    throw ShapeError(
        fmt::format("{}: the leading axes of {} and {} do not broadcast: axis {} has sizes {} and "
                    "{}",
                    op, to_string(a), to_string(b), axis - 2, lead_a[lead_a.rank() + axis],
                    lead_b[lead_b.rank() + axis]));
  }
  return broadcast_shapes(lead_a, lead_b, op);
}

}  // namespace ct::ops
