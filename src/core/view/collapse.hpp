// Collapsing: an iteration over many axes written with as few as possible, so that kernels meet
// long inner loops. Axes of size 1 are dropped and neighbours are merged where the strides of every
// operand allow it. The order of elements stays row-major: random draws and sums depend on it.
//
// The rules stand in collapse_axes and sort_axes, which work on whatever keeps the numbers: sizes,
// a row of strides for each operand (`strides_of(k)`, an int64_t*), and a mark on axes (bit i for
// axis i: reduced or kept, before or behind the axis that a family works along).
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "customtensor/backend.hpp"
#include "customtensor/export.hpp"
#include "customtensor/shape.hpp"

namespace ct {

/// Collapses in place: outer axis o and inner axis i become one where, for every operand, one step
/// along o is as far as all steps along i together, and their marks are equal. Returns how many
/// axes are left, 0 of a single element; marks are renumbered.
template <class StridesOf>
int collapse_axes(int rank, int64_t* size, int operands, const StridesOf& strides_of,
                  uint32_t& marks) {
  uint32_t left = 0;
  int last = -1;  // the axis that the next one may merge into
  for (int axis = 0; axis < rank; ++axis) {
    const int64_t length = size[axis];
    if (length == 1) continue;
    const uint32_t mark = marks >> axis & 1U;
    bool merge = last >= 0 && (left >> last & 1U) == mark;
    for (int k = 0; merge && k < operands; ++k) {
      const int64_t* strides = strides_of(k);
      merge = strides[last] == strides[axis] * length;
    }
    if (merge) {
      size[last] *= length;
    } else {
      size[++last] = length;
      left |= mark << last;
    }
    if (last == axis) continue;
    for (int k = 0; k < operands; ++k) {
      int64_t* strides = strides_of(k);
      strides[last] = strides[axis];
    }
  }
  marks = left;
  return last + 1;
}

/// Orders the axes by falling |stride| of operand `by`; those of equal strides keep their order,
/// and an axis along which it is broadcast stays where it is. Marks go with their axes.
template <class StridesOf>
void sort_axes(int rank, int64_t* size, int operands, const StridesOf& strides_of, int by,
               uint32_t& marks) {
  const auto move_back = [](int64_t* values, int from, int to) {
    std::rotate(values + to, values + from, values + from + 1);
  };
  // Insertion sort: one pass over axes that are in order already.
  for (int axis = 1; axis < rank; ++axis) {
    const int64_t* key = strides_of(by);
    int place = axis;
    while (place > 0 && std::abs(key[place - 1]) < std::abs(key[axis])) --place;
    if (place == axis) continue;
    move_back(size, axis, place);
    for (int k = 0; k < operands; ++k) move_back(strides_of(k), axis, place);
    const uint32_t below = marks & ((1U << place) - 1);
    const uint32_t between = marks >> place & ((1U << (axis - place)) - 1);
    marks = below | (marks >> axis & 1U) << place | between << (place + 1) |
            marks >> (axis + 1) << (axis + 1);
  }
}

/// Rewrites `shape` and the operands' strides in place. At least one axis remains: a single element
/// has shape (1) and strides (1).
CT_API void collapse(Shape& shape, std::span<Operand> operands);

/// The same with marks on axes, of which only equal ones merge.
CT_API void collapse(Shape& shape, std::span<Operand> operands, uint32_t& marks);

/// Orders the axes by the strides of operand `by`, as above.
CT_API void sort_axes(Shape& shape, std::span<Operand> operands, size_t by, uint32_t& marks);

}  // namespace ct
