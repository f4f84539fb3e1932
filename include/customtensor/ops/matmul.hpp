// Matrix products.
#pragma once

#include "customtensor/tensor.hpp"

namespace ct {

/// Matrix product over the last two axes; leading axes broadcast. One-axis operands are a row (a)
/// or a column (b), and that axis is dropped from the result.
///
/// Shapes:   a (..., m, k), b (..., k, n) -> (..., m, n)
/// Errors:   ShapeError if k differs or the batch axes do not broadcast; DeviceError if devices
/// differ Gradient: da = g bᵀ, db = aᵀ g, summed over broadcast axes Source:   numpy.matmul
CT_API Tensor matmul(const Tensor& a, const Tensor& b);

/// y = x weightᵀ + bias in one kernel.
///
/// Shapes:   x (..., in), weight (out, in), bias (out) or undefined -> (..., out)
CT_API Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = Tensor());

}  // namespace ct
