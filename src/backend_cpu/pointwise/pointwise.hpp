// Elementwise programs on the CPU: see pointwise.cpp. For kernels that finish their results with a
// program while they are still in cache, pointwise_serial runs one without threads.
#pragma once

#include "customtensor/backend.hpp"

namespace ct::cpu {

/// CpuBackend::pointwise on the calling thread alone: for use inside a parallel_for.
void pointwise_serial(const PointwiseArgs& args);

/// Runs an epilogue in place on `part` of a result, which begins at `origin`. On the calling thread
/// alone.
void run_epilogue(const Epilogue& epilogue, const TensorView& part, const Dims& origin);

}  // namespace ct::cpu
