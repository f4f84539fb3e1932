// What a convolution or its transpose refuses, and the sizes that it gives.
#pragma once

#include "ops/conv/convolution.hpp"

namespace ct::ops {

/// Checks everything. Returns the result's shape, with an axis for the batch, and limits the steps
/// of `conv` to what can matter: kernels multiply without a check.
Shape checked_shape(Convolution& conv, bool transposed, const Tensor& x, const Tensor& weight,
                    const Tensor& bias);

/// Checks what padding by "same" needs before it is known: a stride of 1, and sound settings.
void check_same(const Convolution& conv, const Tensor& x, const Tensor& weight);

}  // namespace ct::ops
