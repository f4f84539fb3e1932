// Shape algebra: strides, broadcasting, axis numbers, text.
#include "customtensor/shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "customtensor/error.hpp"

namespace ct {

void detail::throw_rank_too_large(int64_t rank) {
  throw ShapeError(fmt::format("shape: too many axes: {}, at most {}", rank, kMaxRank));
}

Strides contiguous_strides(const Shape& shape) {
  Strides strides = Dims::filled(shape.rank(), 1);
  for (int axis = shape.rank() - 2; axis >= 0; --axis) {
    // An empty axis counts as one element, so that strides stay distinct from broadcasts.
    strides[axis] = strides[axis + 1] * std::max<int64_t>(shape[axis + 1], 1);
  }
  return strides;
}

Shape broadcast_shapes(const Shape& a, const Shape& b, const char* op) {
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  Shape result = longer;
  for (int back = 1; back <= shorter.rank(); ++back) {
    int64_t& size = result[result.rank() - back];
    const int64_t other = shorter[shorter.rank() - back];
    if (size == other || other == 1) continue;
    if (size != 1) {
      throw ShapeError(
          fmt::format("{}: cannot broadcast shapes {} and {}: axis -{} has sizes {} and {}", op,
                      to_string(a), to_string(b), back, a[a.rank() - back], b[b.rank() - back]));
    }
    size = other;
  }
  return result;
}

int normalize_axis(int64_t axis, int rank, const char* op) {
  if (axis >= -rank && axis < rank) return static_cast<int>(axis < 0 ? axis + rank : axis);
  if (rank == 0) {
    throw IndexError(
        fmt::format("{}: axis out of range: axis {} of a tensor without axes", op, axis));
  }
  throw IndexError(
      fmt::format("{}: axis out of range: axis {} of a tensor with {} axes; use {} to {}", op, axis,
                  rank, -rank, rank - 1));
}

std::string to_string(const Dims& dims) { return fmt::format("({})", fmt::join(dims, ", ")); }

std::ostream& operator<<(std::ostream& out, const Dims& dims) { return out << to_string(dims); }

}  // namespace ct
