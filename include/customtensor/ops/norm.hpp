// Normalisation.
#pragma once

#include <optional>

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

/// x / sqrt(mean(x²) + eps) weight over the last axes, those of `normalized`; eps is the least
/// float32 above 1, less 1, unless given (of float64 likewise).
/// Errors: ShapeError, DTypeError
/// Source: arXiv:1910.07467
CT_API Tensor rms_norm(const Tensor& x, const Shape& normalized, const Tensor& weight = Tensor(),
                       std::optional<double> eps = std::nullopt);

/// Normalises each of `groups` groups of channels of each sample, with a weight and a bias for each
/// channel.
///
/// Shapes: x (n, c, …), weight and bias (c) or undefined
/// Errors: ShapeError, DTypeError
/// Source: arXiv:1803.08494
CT_API Tensor group_norm(const Tensor& x, int64_t groups, const Tensor& weight = Tensor(),
                         const Tensor& bias = Tensor(), double eps = 1e-5);

/// Normalises each channel of each sample. With `use_input_stats` by its own mean and variance,
/// whose averages over the samples move the running ones, if there are any; else by the running
/// ones.
///
/// Shapes: x (n, c, l, …), weight, bias, running_mean, running_var (c) or undefined
/// Errors: ShapeError for others, or for one value per channel; DTypeError
/// Source: arXiv:1607.08022
CT_API Tensor instance_norm(const Tensor& x, Tensor running_mean = Tensor(),
                            Tensor running_var = Tensor(), const Tensor& weight = Tensor(),
                            const Tensor& bias = Tensor(), bool use_input_stats = true,
                            double momentum = 0.1, double eps = 1e-5);

/// x / (k + alpha / size sum of x² over `size` channels around)^beta.
///
/// Shapes: x (n, c, …)
/// Errors: ShapeError below two axes; ValueError if size < 1
/// Source: Krizhevsky et al., NIPS 2012; torch.nn.functional.local_response_norm
CT_API Tensor local_response_norm(const Tensor& x, int64_t size, double alpha = 1e-4,
                                  double beta = 0.75, double k = 1.0);

/// x / max(its norm of order p along `axis`, eps).
/// Errors: IndexError
/// Source: torch.nn.functional.normalize
CT_API Tensor normalize(const Tensor& x, double p = 2.0, int64_t axis = 1, double eps = 1e-12);

}  // namespace ct
