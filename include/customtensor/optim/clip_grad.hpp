// Limits on gradients, between backward() and step(). Parameters without a gradient count nothing.
#pragma once

#include <span>

#include "customtensor/export.hpp"
#include "customtensor/tensor.hpp"

namespace ct::optim {

/// The norm of order `norm_type` of all of `tensors` together, undefined ones left out, as a
/// tensor, so that a device need not be waited for: float32, or float64 if one of them is; that of
/// float16 and bfloat16 is float32 throughout. 0 of nothing. Errors: ValueError unless norm_type is
/// above 0 (or infinite); with `error_if_nonfinite`, which
///         waits for the device, ValueError for a norm that is infinite or NaN
/// Source: torch.nn.utils.get_total_norm
CT_API Tensor get_total_norm(std::span<const Tensor> tensors, double norm_type = 2.0,
                             bool error_if_nonfinite = false);

/// Scales all gradients by max_norm / (norm + 1e-6) if that is below 1; returns norm =
/// get_total_norm of them, as it was. One launch for many gradients, besides those of their norms.
/// Errors: ValueError unless max_norm > 0; those of get_total_norm, before anything is changed
/// Source: torch.nn.utils.clip_grad_norm_
CT_API Tensor clip_grad_norm_(std::span<const Tensor> parameters, double max_norm,
                              double norm_type = 2.0, bool error_if_nonfinite = false);

/// Moves every element of every gradient into [-clip_value, clip_value]; a NaN stays.
/// Errors: ValueError unless clip_value is at least 0. Source: torch.nn.utils.clip_grad_value_
CT_API void clip_grad_value_(std::span<const Tensor> parameters, double clip_value);

}  // namespace ct::optim
