// Limits on gradients, between backward() and step().
#pragma once

#include <span>

#include "customtensor/export.hpp"
#include "customtensor/tensor.hpp"

namespace ct::optim {

/// Scales all gradients by max_norm / (norm + 1e-6) if that is below 1, where `norm` is the
/// Euclidean norm of all of them together; returns norm as it was, as a tensor, so that a device
/// need not be waited for: float32, or float64 if a gradient is. Parameters without a gradient
/// count nothing. Errors: ValueError unless max_norm > 0. Source: torch.nn.utils.clip_grad_norm_
CT_API Tensor clip_grad_norm_(std::span<const Tensor> parameters, double max_norm);

}  // namespace ct::optim
