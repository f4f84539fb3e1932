// Normalisation.
#pragma once

#include "customtensor/tensor.hpp"

namespace ct {

/// Batch normalisation over all axes but 1. Training: with the batch's mean and biased variance,
/// and, if running_mean and running_var are defined, running = (1 - momentum) running + momentum
/// batch (unbiased variance). Else: with the running ones.
///
/// Shapes:   x (n, c, ...), weight, bias, running_mean, running_var (c) or undefined
/// Errors:   ShapeError for other sizes, or one value per channel in training
/// Source:   arXiv:1502.03167
CT_API Tensor batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias,
                         Tensor running_mean, Tensor running_var, bool training,
                         double momentum = 0.1, double eps = 1e-5);

/// Normalises over the last axes, those of `normalized`.
/// Source: arXiv:1607.06450
CT_API Tensor layer_norm(const Tensor& x, const Shape& normalized, const Tensor& weight = Tensor(),
                         const Tensor& bias = Tensor(), double eps = 1e-5);

}  // namespace ct
