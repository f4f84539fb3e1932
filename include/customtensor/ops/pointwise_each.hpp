// One program on many lists of tensors: what an optimizer does to its parameters, at the cost of
// few launches however many there are.
#pragma once

#include <span>

#include "customtensor/export.hpp"
#include "customtensor/pointwise.hpp"
#include "customtensor/scalar.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

/// What one run of a program writes and reads. The lists must outlive the call.
struct PointwiseLists {
  std::span<const Tensor> outputs, inputs;
};

/// pointwise_(program, outputs, inputs, scalars) for each of `calls`, with the same bits. Calls of
/// dense tensors of one dtype each (inputs of one element may broadcast) run together: a launch for
/// up to 32 of them on custom_gpu, one parallel region on cpu. No call may read what another
/// writes. Random instructions draw from the default generator, call after call. Errors: those of
/// pointwise_; of any call before the first one runs
CT_API void pointwise_each_(const ProgramPtr& program, std::span<const PointwiseLists> calls,
                            std::span<const Scalar> scalars = {});

}  // namespace ct
