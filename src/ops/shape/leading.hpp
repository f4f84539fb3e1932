// Broadcasting of a part of the axes: errors are about the whole shapes, as the user wrote them.
#pragma once

#include "customtensor/shape.hpp"

namespace ct::ops {

/// The shape without its last `count` axes, of which it has at least that many.
Shape without_last(Shape shape, int count);

/// What all axes of both but the last two broadcast to.
/// Errors: ShapeError naming `op`, both shapes and the axis
Shape broadcast_leading(const Shape& a, const Shape& b, const char* op);

/// The first axis from the end, as -1, -2, …, in whose sizes the shapes do not broadcast; 0: none.
int conflicting_axis(const Shape& a, const Shape& b);

}  // namespace ct::ops
