// Activations and dropout: pointwise programs with their formulas.
#pragma once

#include "customtensor/random.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

CT_API Tensor relu(const Tensor& x);  ///< max(x, 0); gradient 0 at 0
CT_API Tensor leaky_relu(const Tensor& x, double negative_slope = 0.01);
CT_API Tensor sigmoid(const Tensor& x);  ///< 1 / (1 + exp(-x))
CT_API Tensor tanh(const Tensor& x);
CT_API Tensor silu(const Tensor& x);  ///< x sigmoid(x)
CT_API Tensor elu(const Tensor& x, double alpha = 1.0);
CT_API Tensor softplus(const Tensor& x);  ///< log(1 + exp(x)), computed without overflow
enum class GeluApproximation { none, tanh };
/// x Φ(x) with the normal distribution function Φ, or its tanh approximation. Source:
/// arXiv:1606.08415.
CT_API Tensor gelu(const Tensor& x, GeluApproximation approximation = GeluApproximation::none);
/// Zero with probability p in [0, 1], else x / (1 - p). Identity when not training. The mask is
/// recomputed from the random stream in backward, never stored. Errors: ValueError if p is out of
/// range.
CT_API Tensor dropout(const Tensor& x, double p = 0.5, bool training = true,
                      Generator* generator = nullptr);

}  // namespace ct
