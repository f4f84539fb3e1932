// One call of a pointwise program on tensors, in three steps that every way of applying programs
// is made of: plan (checks, shape, dtypes, device), launch (the kernel), record (the tape).
#pragma once

#include <span>

#include "ops/pointwise/apply.hpp"

namespace ct::ops {

/// Everything about a call that its inputs decide.
struct Plan {
  Shape shape;
  DType type;  ///< what the program's rule makes of the promoted inputs
  DType compute;
  Backend* backend = nullptr;
  bool plain = false;  ///< all inputs dense, of one shape and type
};

/// Errors: ValueError if the numbers of inputs or scalars are not the program's, an input is
/// undefined, there is none (its shape and device would be unknown), or a scalar does not fit;
/// ShapeError, DeviceError.
Plan plan_of(const char* name, const PointwiseProgram& program, TensorPtrs inputs,
             std::span<const Scalar> scalars);

/// The plan of a program of no inputs, whose values are to have `type` but for its rule.
Plan plan_without_inputs(const char* name, const PointwiseProgram& program, const Shape& shape,
                         DType type, Backend& backend, std::span<const Scalar> scalars);

/// The dtype of the results.
DType output_type(const PointwiseProgram& program, DType type);
/// Whether narrow results are to be made wide (wide.hpp) and rounded afterwards, since the
/// derivative reads them: a tanh of 0.9998 in float16 does not say how far it is from 1.
bool results_wide(const PointwiseProgram& program, TensorPtrs inputs);
/// New tensors for them.
Tensors make_outputs(const PointwiseProgram& program, const Plan& plan);

void launch(const PointwiseProgram& program, const Plan& plan, TensorPtrs inputs,
            std::span<const Tensor> outputs, std::span<const Scalar> scalars, RandomState random);

/// Puts the call on the tape if an input wants its gradient.
void record_program(const char* name, const ProgramPtr& program, TensorPtrs inputs,
                    std::span<const Tensor> outputs, std::span<const Scalar> scalars,
                    RandomState random);

/// The inputs that want their gradients.
InputSet wanted_inputs(TensorPtrs inputs);

}  // namespace ct::ops
