// How a program's inputs are reached over rows x columns tiles of an iteration space: in place,
// as one value, or gathered (and converted) into the interpreter's blocks. Shared by pointwise and
// reduce.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "backend_cpu/pointwise/block_program.hpp"
#include "backend_cpu/pointwise/iteration.hpp"
#include "customtensor/backend.hpp"

namespace ct::cpu {

enum class Access : uint8_t {
  in_place,  ///< used where it lies
  uniform,   ///< one value for a tile
  block,     ///< copied between memory and a block, converted if need be
  stream,    ///< results only: copied from a block past the caches
};

/// An operand seen through tiles. Strides in elements.
struct TileOperand {
  std::byte* base;
  int64_t item;
  int64_t row_stride;
  int64_t column_stride;
  DType dtype;
  Access access;

  /// `one_row`: all tiles have one row; else `dense_columns` is their common width, or -1 if it
  /// varies.
  void plan(const Operand& operand, DType compute, int64_t rows_apart, int64_t columns_apart,
            bool one_row, int64_t dense_columns) {
    base = static_cast<std::byte*>(operand.buffer) +
           operand.offset * static_cast<int64_t>(item_size(operand.dtype));
    item = static_cast<int64_t>(item_size(operand.dtype));
    dtype = operand.dtype;
    row_stride = rows_apart;
    column_stride = columns_apart;
    const bool dense =
        column_stride == 1 && (one_row || (dense_columns > 0 && row_stride == dense_columns));
    if (column_stride == 0 && (one_row || row_stride == 0)) {
      access = Access::uniform;
    } else {
      access = dense && dtype == compute ? Access::in_place : Access::block;
    }
  }
};

/// Brings the inputs of one tile after another into a frame.
class TileInputs {
 public:
  TileInputs(const TileOperand* operands, int inputs, DType compute)
      : operands_(operands),
        inputs_(inputs),
        compute_(compute),
        loads_(pointwise_kernels().gather[compute_index(compute)]) {
    for (int k = 0; k < inputs; ++k) gathered_[static_cast<size_t>(k)] = nullptr;
  }

  /// `offset(k)`: where the tile begins for input k, in elements from its base.
  template <class Offset>
  void load(BlockFrame& frame, int64_t rows, int64_t columns, Offset&& offset) {
    const bool same_extents = rows == rows_ && columns == columns_;
    rows_ = rows;
    columns_ = columns;
    for (int k = 0; k < inputs_; ++k) {
      const TileOperand& input = operands_[k];
      const std::byte* data = input.base + offset(k) * input.item;
      if (input.access == Access::in_place ||
          (input.access == Access::uniform && input.dtype == compute_)) {
        frame.set_input(k, data);
      } else if (input.access == Access::uniform) {
        frame.set_uniform_input(k, data, input.dtype);
      } else if (!same_extents || gathered_[static_cast<size_t>(k)] != data) {
        // (A tile that broadcasts along the walk is gathered once.)
        loads_[static_cast<int>(input.dtype)](data, input.row_stride, input.column_stride, rows,
                                              columns, frame.input_block(k));
        frame.set_input(k, frame.input_block(k));
        gathered_[static_cast<size_t>(k)] = data;
      }
    }
  }

 private:
  const TileOperand* operands_;
  int inputs_;
  DType compute_;
  const GatherKernel* loads_;
  int64_t rows_ = 0;
  int64_t columns_ = 0;
  std::array<const std::byte*, kMaxOperands> gathered_;
};

inline InputSet uniform_inputs(const TileOperand* operands, int inputs) {
  InputSet uniform;
  for (int k = 0; k < inputs; ++k) {
    if (operands[k].access == Access::uniform) uniform.set(static_cast<size_t>(k));
  }
  return uniform;
}

}  // namespace ct::cpu
