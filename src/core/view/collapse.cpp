// Collapsing of the lists that calls of kernels take; the rules stand in collapse.hpp.
#include "core/view/collapse.hpp"

namespace ct {
namespace {

auto strides_in(std::span<Operand> operands) {
  return [operands](int k) { return operands[static_cast<size_t>(k)].strides.begin(); };
}

}  // namespace

void collapse(Shape& shape, std::span<Operand> operands, uint32_t& marks) {
  const int left = collapse_axes(shape.rank(), shape.begin(), static_cast<int>(operands.size()),
                                 strides_in(operands), marks);
  const int rank = left == 0 ? 1 : left;
  shape.resize(rank);
  for (Operand& operand : operands) operand.strides.resize(rank);
  if (left > 0) return;
  shape[0] = 1;
  for (Operand& operand : operands) operand.strides[0] = 1;
}

void collapse(Shape& shape, std::span<Operand> operands) {
  if (shape.rank() == 1 && shape[0] != 1) return;
  uint32_t marks = 0;
  collapse(shape, operands, marks);
}

void sort_axes(Shape& shape, std::span<Operand> operands, size_t by, uint32_t& marks) {
  sort_axes(shape.rank(), shape.begin(), static_cast<int>(operands.size()), strides_in(operands),
            static_cast<int>(by), marks);
}

}  // namespace ct
