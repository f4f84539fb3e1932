// Collapsing: an iteration over many axes written with as few as possible, so that kernels meet
// long inner loops. Axes of size 1 are dropped and neighbours are merged where the strides of every
// operand allow it. The order of elements stays row-major: random draws and sums depend on it.
#pragma once

#include <cstdint>
#include <span>

#include "customtensor/backend.hpp"
#include "customtensor/export.hpp"
#include "customtensor/shape.hpp"

namespace ct {

/// Rewrites `shape` and the operands' strides in place. At least one axis remains: a single element
/// has shape (1) and strides (1).
CT_API void collapse(Shape& shape, std::span<Operand> operands);

/// The same with a mark on axes (bit i for axis i: reduced or kept), which is renumbered. Only axes
/// of equal mark are merged.
CT_API void collapse(Shape& shape, std::span<Operand> operands, uint32_t& mask);

}  // namespace ct
