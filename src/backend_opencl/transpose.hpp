// Copies between transposed layouts, which the pointwise kernels would make an element at a time.
#pragma once

#include "backend_opencl/runtime.hpp"
#include "customtensor/backend.hpp"

namespace ct::opencl {

/// Does a pointwise call that is such a copy; false, and nothing done, for others.
bool run_transposition(Runtime& runtime, const PointwiseArgs& args);

}  // namespace ct::opencl
