// Winograd's algorithm for 3x3 convolutions of step 1, F(4x4, 3x3): 36 multiplications for 16
// results of a channel where the direct sum takes 144. Forward and input gradient are the same
// product (conv_gemm.hpp) with other weights.
#pragma once

#include "backend_cpu/conv/conv_gemm.hpp"

namespace ct::cpu {

/// A product of 3x3 taps, step 1 on both sides, whose grid covers whole planes of the output.
void conv_winograd(const ConvProduct<float>& product);

/// The weight gradient of such a convolution; all tensors dense.
void conv_winograd_grad_weight(const ConvSizes& sizes, const float* x, const float* grad_y,
                               float* grad_w);

}  // namespace ct::cpu
