// See iteration.hpp.
#include "backend_cpu/pointwise/iteration.hpp"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <utility>

#include "core/view/collapse.hpp"
#include "core/view/integer.hpp"

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

void Iteration::sort_axes(int operand, uint32_t& marks) {
  ct::sort_axes(rank, size, operands, rows(), operand, marks);
}

void Iteration::collapse(uint32_t& marks) {
  rank = collapse_axes(rank, size, operands, rows(), marks);
}

void Iteration::keep_one_axis(int64_t step) {
  if (rank > 0) return;
  rank = 1;
  size[0] = 1;
  for (int k = 0; k < operands; ++k) stride[k][0] = step;
}

TileWalk::TileWalk(const Iteration& space, int row_axis, int64_t rows, int64_t columns,
                   bool rows_fastest)
    : space_(space) {
  const auto add = [&](int source, int64_t step) {
    axis_[axes_] = {ceil_div(space.size[source], step), step, space.size[source], source};
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
