// A form of two vectors.
#pragma once

#include "customtensor/tensor.hpp"

namespace ct {

/// y_k = x1ᵀ weight_k x2 + bias_k: one matrix product for x2, and a sum over x1.
///
/// Shapes: x1 (..., in1), x2 (..., in2), weight (out, in1, in2), bias (out) or undefined -> (...,
/// out) Errors: ShapeError where they do not fit Source: torch.nn.functional.bilinear
CT_API Tensor bilinear(const Tensor& x1, const Tensor& x2, const Tensor& weight,
                       const Tensor& bias = Tensor());

}  // namespace ct
