// Elementwise programs on the CPU: see pointwise.cpp. For kernels that finish their results with a
// program while they are still in cache, pointwise_serial runs one without threads.
#pragma once

#include "customtensor/backend.hpp"

namespace ct::cpu {

/// CpuBackend::pointwise on the calling thread alone: for use inside a parallel_for.
void pointwise_serial(const PointwiseArgs& args);

/// Runs an epilogue in place on `result`, a window of the whole result that begins at `origin`
/// (result's rank). On the calling thread alone.
void run_epilogue(const Epilogue& epilogue, DType compute, const TensorView& result,
                  const Dims& origin);

}  // namespace ct::cpu
