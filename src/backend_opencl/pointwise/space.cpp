// See space.hpp.
#include "backend_opencl/pointwise/space.hpp"

#include <cstdlib>
#include <cstring>
#include <limits>

#include "core/view/collapse.hpp"

namespace ct::opencl {
namespace {

bool needs_wide(const Space& space) {
  constexpr int64_t kMostIn32Bits = std::numeric_limits<int32_t>::max() / 2;
  if (numel(space.shape) > kMostIn32Bits) return true;
  for (const Operand& operand : space.operands) {
    int64_t reach = operand.offset;
    for (int axis = 0; axis < space.rank(); ++axis) {
      reach += std::abs(operand.strides[axis]) * (space.shape[axis] - 1);
    }
    if (reach > kMostIn32Bits) return true;
  }
  return false;
}

template <class Index>
std::vector<std::byte> packed(const Space& space) {
  std::vector<Index> words;
  words.reserve(static_cast<size_t>(space.rank()) * (space.operands.size() + 1) +
                space.operands.size());
  for (const int64_t size : space.shape) words.push_back(static_cast<Index>(size));
  for (const Operand& operand : space.operands) words.push_back(static_cast<Index>(operand.offset));
  for (const Operand& operand : space.operands) {
    for (const int64_t stride : operand.strides) words.push_back(static_cast<Index>(stride));
  }
  std::vector<std::byte> bytes(words.size() * sizeof(Index));
  std::memcpy(bytes.data(), words.data(), bytes.size());
  return bytes;
}

}  // namespace

Reach Space::reach(size_t k) const {
  const int64_t stride = operands[k].strides.back();
  if (columns() == 1 || stride == 1) return Reach::unit;
  return stride == 0 ? Reach::splat : Reach::gaps;
}

std::vector<std::byte> Space::pack() const {
  return wide ? packed<int64_t>(*this) : packed<int32_t>(*this);
}

Space make_space(const Shape& shape, std::span<const Operand> inputs,
                 std::span<const Operand> outputs, uint32_t mask, int sort_by) {
  Space space{shape, {}, mask, false};
  space.operands.reserve(inputs.size() + outputs.size());
  space.operands.insert(space.operands.end(), inputs.begin(), inputs.end());
  space.operands.insert(space.operands.end(), outputs.begin(), outputs.end());
  if (shape.rank() > 1) {
    collapse(space.shape, space.operands, space.mask);
    if (sort_by >= 0 && space.rank() > 1) {
      sort_axes(space.shape, space.operands, static_cast<size_t>(sort_by), space.mask);
      collapse(space.shape, space.operands, space.mask);
    }
  } else if (shape.rank() == 0) {
    space.shape = {1};
    for (Operand& operand : space.operands) operand.strides = {1};
  }
  space.wide = needs_wide(space);
  return space;
}

}  // namespace ct::opencl
