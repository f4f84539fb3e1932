// Programs into tensors that are there, in the two steps that pointwise_ and pointwise_each_ share.
#pragma once

#include <span>

#include "ops/pointwise/program_call.hpp"

namespace ct::ops {

/// The plan of `program` into `outputs`. Errors: those of pointwise_, in the name of `name`.
Plan plan_into(const char* name, const ProgramPtr& program, std::span<const Tensor> outputs,
               std::span<const Tensor> inputs, std::span<const Scalar> scalars);
/// Runs it; versions stay as they are.
void launch_into(const PointwiseProgram& program, const Plan& plan, std::span<const Tensor> outputs,
                 std::span<const Tensor> inputs, std::span<const Scalar> scalars);

}  // namespace ct::ops
