// What losses share: their shapes must be equal, and their sum or mean is one pass over memory.
#pragma once

#include <initializer_list>
#include <span>

#include "customtensor/ops/loss.hpp"
#include "ops/pointwise/apply.hpp"

namespace ct::ops {

/// Errors: ShapeError naming `op` unless both have one shape; (4, 1) and (4) would broadcast to
/// (4, 4), which is hardly ever what is meant, and nothing else shows it.
void check_same_shape(const char* op, const Tensor& a, const Tensor& b);

/// program(inputs…) of each element, or its sum or mean; inputs broadcast to the first.
Tensor pointwise_loss(const char* op, const ProgramPtr& program, TensorPtrs inputs,
                      std::span<const Scalar> scalars, Reduction reduction);
inline Tensor pointwise_loss(const char* op, const ProgramPtr& program,
                             std::initializer_list<const Tensor*> inputs,
                             std::initializer_list<Scalar> scalars, Reduction reduction) {
  return pointwise_loss(op, program, TensorPtrs(inputs.begin(), inputs.size()),
                        std::span(scalars.begin(), scalars.size()), reduction);
}

/// Losses of samples, reduced.
Tensor reduced_loss(const Tensor& losses, Reduction reduction);

}  // namespace ct::ops
