// Padding that does not hold zeros, which a layer puts around its input before it convolves.
#pragma once

#include "customtensor/ops/shape.hpp"
#include "customtensor/tensor.hpp"

namespace ct::nn {

/// x with `padding` at both ends of each of its last axes, or with what keeps its sizes under
/// kernels of these sizes.
Tensor padded(const Tensor& x, const Dims& padding, bool same, const Dims& kernel,
              const Dims& dilation, PadMode mode);

}  // namespace ct::nn
