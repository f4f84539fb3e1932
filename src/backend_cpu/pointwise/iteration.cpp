// See iteration.hpp.
#include "backend_cpu/pointwise/iteration.hpp"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <utility>

namespace ct::cpu {

void Iteration::add(const Strides& strides) {
  assert(operands < kMaxOperands);
  for (int axis = 0; axis < rank; ++axis) stride[operands][axis] = strides[axis];
  ++operands;
}

void Iteration::add_row_major() {
  Strides strides;
  strides.resize(rank);
  int64_t step = 1;
  for (int axis = rank; axis-- > 0;) {
    strides[axis] = step;
    step *= size[axis];
  }
  add(strides);
}

void Iteration::move_axis(int from, int to) {
  const auto move = [&](int64_t* values) {
    if (from < to) {
      std::rotate(values + from, values + from + 1, values + to + 1);
    } else {
      std::rotate(values + to, values + from, values + from + 1);
    }
  };
  move(size);
  for (int k = 0; k < operands; ++k) move(stride[k]);
}

void Iteration::sort_axes(int operand) {
  // Insertion sort: stable, and one pass over axes that are in order already.
  for (int axis = 1; axis < rank; ++axis) {
    int place = axis;
    while (place > 0 && std::abs(stride[operand][place - 1]) < std::abs(stride[operand][axis])) {
      --place;
    }
    if (place != axis) move_axis(axis, place);
  }
}

uint32_t Iteration::collapse(uint32_t classes) {
  uint32_t left = 0;
  int last = -1;  // the axis that the next one may merge into
  for (int axis = 0; axis < rank; ++axis) {
    const int64_t length = size[axis];
    if (length == 1) continue;
    const uint32_t axis_class = (classes >> axis) & 1U;
    bool merge = last >= 0 && ((left >> last) & 1U) == axis_class;
    for (int k = 0; merge && k < operands; ++k) {
      merge = stride[k][last] == stride[k][axis] * length;
    }
    if (!merge) {
      ++last;
      size[last] = 1;
      left = (left & ~(1U << last)) | (axis_class << last);
    }
    size[last] *= length;
    for (int k = 0; k < operands; ++k) stride[k][last] = stride[k][axis];
  }
  rank = last + 1;
  return left;
}

TileWalk::TileWalk(const Iteration& space, int row_axis, int64_t rows, int64_t columns,
                   bool rows_fastest)
    : space_(space) {
  const auto add = [&](int source, int64_t step) {
    axis_[axes_] = {(space.size[source] + step - 1) / step, step, space.size[source], source};
    tiles_ *= axis_[axes_].count;
    return axes_++;
  };
  const int last = space.rank - 1;
  if (rows_fastest && row_axis >= 0) row_axis_ = add(row_axis, rows);
  column_axis_ = add(last, columns);
  for (int axis = last; axis-- > 0;) {
    if (axis != row_axis) {
      add(axis, 1);
    } else if (!rows_fastest) {
      row_axis_ = add(axis, rows);
    }
  }
}

TileWalk::Cursor::Cursor(const TileWalk& walk, int64_t tile) : walk_(walk) {
  const Iteration& space = walk.space_;
  for (int k = 0; k < space.operands; ++k) offset_[k] = 0;
  for (int a = 0; a < walk.axes_; ++a) {
    const Axis& axis = walk.axis_[a];
    index_[a] = tile % axis.count;
    tile /= axis.count;
    if (index_[a] == 0) continue;
    for (int k = 0; k < space.operands; ++k) {
      offset_[k] += index_[a] * axis.step * space.stride[k][axis.source];
    }
  }
}

void TileWalk::Cursor::next() {
  const Iteration& space = walk_.space_;
  for (int a = 0; a < walk_.axes_; ++a) {
    const Axis& axis = walk_.axis_[a];
    if (++index_[a] < axis.count) {
      for (int k = 0; k < space.operands; ++k) {
        offset_[k] += axis.step * space.stride[k][axis.source];
      }
      return;
    }
    index_[a] = 0;
    const int64_t back = (axis.count - 1) * axis.step;
    for (int k = 0; k < space.operands; ++k) offset_[k] -= back * space.stride[k][axis.source];
  }
}

int64_t TileWalk::Cursor::rows() const {
  if (walk_.row_axis_ < 0) return 1;
  const Axis& axis = walk_.axis_[walk_.row_axis_];
  return std::min(axis.step, axis.size - index_[walk_.row_axis_] * axis.step);
}

int64_t TileWalk::Cursor::columns() const {
  const Axis& axis = walk_.axis_[walk_.column_axis_];
  return std::min(axis.step, axis.size - index_[walk_.column_axis_] * axis.step);
}

}  // namespace ct::cpu
