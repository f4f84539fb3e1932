// grid_sample's gradients as compositions of public ops: slower than the kernels, but with
// derivatives of their own.
#pragma once

#include "autograd/record.hpp"
#include "customtensor/ops/resample.hpp"

namespace ct::ops {

/// d[0] and d[1], those that are needed, of grid_sample(x, grid) for the upstream gradient g.
void grid_sample_gradients(const Tensor& g, const Tensor& x, const Tensor& grid,
                           const GridSampleOptions& options, autograd::Gradients& d);

}  // namespace ct::ops
