// The index space of a pointwise or reduce call as kernels take it: axes ordered and collapsed,
// sizes, offsets and strides in 32 bits wherever they fit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "backend_opencl/source/printer.hpp"
#include "customtensor/backend.hpp"

namespace ct::opencl {

struct Space {
  Shape shape;                    ///< rank >= 1
  std::vector<Operand> operands;  ///< inputs, then outputs
  uint32_t mask = 0;              ///< marks on axes: those that are reduced
  bool wide = false;              ///< numbers need 64 bits

  int rank() const { return shape.rank(); }
  int64_t columns() const { return shape.back(); }
  int64_t rows() const { return numel(shape) / columns(); }
  /// How operand k goes along the last axis.
  Reach reach(size_t k) const;
  OperandForm form(size_t k) const { return {operands[k].dtype, reach(k)}; }

  /// struct { INDEX size[rank], offset[operands], stride[operands][rank]; } as bytes.
  std::vector<std::byte> pack() const;
};

/// `sort_by`: the operand whose strides decide the order of the axes, largest first; -1 keeps the
/// order (random draws depend on it). The call has at least one element.
Space make_space(const Shape& shape, std::span<const Operand> inputs,
                 std::span<const Operand> outputs, uint32_t mask, int sort_by);

}  // namespace ct::opencl
