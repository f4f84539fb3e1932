// Merging axes: outer axis o and inner axis i are one when, for every operand, one step along o is
// as far as all steps along i together.
#include "core/view/collapse.hpp"

namespace ct {
namespace {

bool mergeable(std::span<const Operand> operands, int outer, int inner, int64_t inner_size) {
  for (const Operand& operand : operands) {
    if (operand.strides[outer] != operand.strides[inner] * inner_size) return false;
  }
  return true;
}

void move_axis(std::span<Operand> operands, int from, int to) {
  if (from == to) return;
  for (Operand& operand : operands) operand.strides[to] = operand.strides[from];
}

}  // namespace

void collapse(Shape& shape, std::span<Operand> operands, uint32_t& mask) {
  int last = -1;  // the axes up to here are done
  uint32_t marks = 0;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const int64_t size = shape[axis];
    if (size == 1) continue;
    const uint32_t mark = mask >> axis & 1U;
    if (last >= 0 && (marks >> last & 1U) == mark && mergeable(operands, last, axis, size)) {
      shape[last] *= size;
    } else {
      ++last;
      shape[last] = size;
      marks |= mark << last;
    }
    move_axis(operands, axis, last);
  }
  const int rank = last < 0 ? 1 : last + 1;
  shape.resize(rank);
  for (Operand& operand : operands) operand.strides.resize(rank);
  if (last < 0) {  // one element
    shape[0] = 1;
    for (Operand& operand : operands) operand.strides[0] = 1;
  }
  mask = marks;
}

void collapse(Shape& shape, std::span<Operand> operands) {
  if (shape.rank() == 1 && shape[0] != 1) return;
  uint32_t mask = 0;
  collapse(shape, operands, mask);
}

}  // namespace ct
