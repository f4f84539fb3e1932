// Activations and dropout: pointwise programs with their formulas. Their gradients at kinks and NaN
// are PyTorch's: docs/gradients.md.
#pragma once

#include "customtensor/random.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

CT_API Tensor relu(const Tensor& x);   ///< max(x, 0); gradient 0 at 0
CT_API Tensor relu6(const Tensor& x);  ///< hardtanh(x, 0, 6)
/// x, or below 0 negative_slope x; gradient negative_slope at 0.
CT_API Tensor leaky_relu(const Tensor& x, double negative_slope = 0.01);
/// x, or where it is negative weight x: one weight (1), or one for each channel, axis 1 of x.
/// Gradient weight at 0.
/// Errors: ShapeError for other weights.
CT_API Tensor prelu(const Tensor& x, const Tensor& weight);
CT_API Tensor elu(const Tensor& x, double alpha = 1.0);  ///< x, or alpha (exp(x) - 1) below 0
/// 1.0507 elu(x, 1.6733), which keeps mean 0 and variance 1. Source: arXiv:1706.02515.
CT_API Tensor selu(const Tensor& x);
CT_API Tensor celu(const Tensor& x, double alpha = 1.0);  ///< x, or alpha (exp(x / alpha) - 1)
CT_API Tensor sigmoid(const Tensor& x);                   ///< 1 / (1 + exp(-x))
CT_API Tensor logsigmoid(const Tensor& x);                ///< log(sigmoid(x)), without overflow
CT_API Tensor tanh(const Tensor& x);
CT_API Tensor silu(const Tensor& x);      ///< x sigmoid(x)
CT_API Tensor mish(const Tensor& x);      ///< x tanh(softplus(x))
CT_API Tensor softsign(const Tensor& x);  ///< x / (1 + |x|)
/// log(1 + exp(beta x)) / beta, without overflow; x itself where beta x > threshold.
CT_API Tensor softplus(const Tensor& x, double beta = 1.0, double threshold = 20.0);
CT_API Tensor tanhshrink(const Tensor& x);  ///< x - tanh(x)
/// x limited to [low, high]; gradient 0 at both. Errors: ValueError if low > high.
CT_API Tensor hardtanh(const Tensor& x, double low = -1.0, double high = 1.0);
/// (x + 3) / 6 limited to [0, 1]; gradient 0 at both ends and at NaN.
CT_API Tensor hardsigmoid(const Tensor& x);
CT_API Tensor hardswish(const Tensor& x);  ///< x hardsigmoid(x); gradient 0 at -3, 1 at 3
/// x, or 0 where |x| <= lambda; gradient 0 there.
CT_API Tensor hardshrink(const Tensor& x, double lambda = 0.5);
/// x moved towards 0 by lambda, which it does not cross; gradient 0 at both ends. Errors:
/// ValueError if lambda < 0.
CT_API Tensor softshrink(const Tensor& x, double lambda = 0.5);
/// x where it is above the limit, else value; gradient 0 at the limit.
CT_API Tensor threshold(const Tensor& x, double limit, double value);
/// a sigmoid(b) of the halves a, b of x along `axis`.
/// Errors: ShapeError if its size is odd, IndexError if it is out of range.
CT_API Tensor glu(const Tensor& x, int64_t axis = -1);
/// silu(a) b of the halves a, b of x along `axis`. Errors: as glu. Source: arXiv:2002.05202.
CT_API Tensor swiglu(const Tensor& x, int64_t axis = -1);
CT_API Tensor softmin(const Tensor& x, int64_t axis);  ///< softmax(-x)
/// softmax((logits + g) / tau) along `axis`, g drawn from Gumbel(0, 1): a sample of the classes
/// that has a gradient. hard: the nearest one-hot vector, with the gradient of the soft one.
/// Errors: ValueError unless tau > 0. Source: arXiv:1611.01144.
CT_API Tensor gumbel_softmax(const Tensor& logits, double tau = 1.0, bool hard = false,
                             int64_t axis = -1, Generator* generator = nullptr);
/// x where x >= 0, else a x: a uniform in [lower, upper) for each element while training, drawn
/// again in backward and never stored; their mean when not.
/// Errors: ValueError unless 0 <= lower <= upper. Source: arXiv:1505.00853.
CT_API Tensor rrelu(const Tensor& x, double lower = 1.0 / 8, double upper = 1.0 / 3,
                    bool training = false, Generator* generator = nullptr);
enum class GeluApproximation { none, tanh };
/// x Φ(x) with the normal distribution function Φ, or its tanh approximation; 0 at -infinity.
/// In float32 within 4 ulp for any x; the gradient within 6, but within 1.2e-7 from -1.5 to -0.3,
/// where it changes its sign. Source: arXiv:1606.08415.
CT_API Tensor gelu(const Tensor& x, GeluApproximation approximation = GeluApproximation::none);
/// Zero with probability p in [0, 1], else x / (1 - p). Identity when not training. The mask is
/// recomputed from the random stream in backward, never stored. Errors: ValueError if p is out of
/// range.
CT_API Tensor dropout(const Tensor& x, double p = 0.5, bool training = true,
                      Generator* generator = nullptr);

}  // namespace ct
