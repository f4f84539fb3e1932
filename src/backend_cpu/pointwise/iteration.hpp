// An iteration space: the axes that a call walks and every operand's strides along them, brought to
// its simplest form (no axes of size 1, adjacent axes merged where every operand allows it).
//
// TileWalk then cuts the space into tiles of rows x columns along two of its axes and steps through
// them like an odometer, keeping every operand's address up to date by additions only.
#pragma once

#include <cstdint>

#include "customtensor/backend.hpp"

namespace ct::cpu {

/// A program's inputs and outputs, and one that numbers the elements.
inline constexpr int kMaxOperands = kMaxPointwiseValues + 1;

struct Iteration {
  int rank = 0;
  int operands = 0;
  int64_t size[kMaxRank];
  int64_t stride[kMaxOperands][kMaxRank];  ///< in elements

  // Members beyond `rank` and `operands` are left uninitialised on purpose: small calls count.
  Iteration() {}  // NOLINT(modernize-use-equals-default): `= default` would zero the arrays

  void set_shape(const Shape& shape) {
    rank = shape.rank();
    for (int axis = 0; axis < rank; ++axis) size[axis] = shape[axis];
  }
  void add(const Strides& strides);
  /// An operand that numbers the elements in row-major order.
  void add_row_major();

  int64_t elements() const {
    int64_t n = 1;
    for (int axis = 0; axis < rank; ++axis) n *= size[axis];
    return n;
  }

  /// As in core/view/collapse.hpp. Nothing is left of a single element.
  void sort_axes(int operand, uint32_t& marks);
  void collapse(uint32_t& marks);
  void sort_axes(int operand) {
    uint32_t none = 0;
    sort_axes(operand, none);
  }
  void collapse() {
    uint32_t none = 0;
    collapse(none);
  }
  /// After collapse(): a single element becomes one axis, with this step of every operand.
  void keep_one_axis(int64_t step);

 private:
  auto rows() {
    return [this](int k) { return stride[k]; };
  }
};

/// The tiles of an iteration space. `columns` run along the last axis, `rows` along `row_axis` (-1:
/// tiles have one row).
class TileWalk {
 public:
  TileWalk(const Iteration& space, int row_axis, int64_t rows, int64_t columns,
           bool rows_fastest = false);

  int64_t tiles() const { return tiles_; }

  /// A position in the walk, with operands' offsets in elements.
  class Cursor {
   public:
    Cursor(const TileWalk& walk, int64_t tile);
    void next();
    int64_t offset(int operand) const { return offset_[operand]; }
    int64_t rows() const;
    int64_t columns() const;

   private:
    const TileWalk& walk_;
    int64_t index_[kMaxRank];
    int64_t offset_[kMaxOperands];
  };

 private:
  struct Axis {
    int64_t count = 1;  ///< steps
    int64_t step = 1;   ///< elements of the axis in a step
    int64_t size = 1;
    int source = 0;  ///< the axis in the space
  };

  const Iteration& space_;
  int axes_ = 0;
  int row_axis_ = -1;  ///< places in axis_
  int column_axis_ = -1;
  Axis axis_[kMaxRank];  ///< fastest first
  int64_t tiles_ = 1;
};

}  // namespace ct::cpu
