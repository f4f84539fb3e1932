// Tensors from random streams. Every value is a function of the generator's seed, of its place in
// the stream and of nothing else, so all devices draw the same (what goes through a logarithm or a
// cosine, up to their rounding). Without a generator the calling thread's default one is used.
// In-place forms are methods of Tensor. Nothing here has a gradient.
#pragma once

#include "customtensor/ops/like_options.hpp"
#include "customtensor/random.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

/// Uniform in [0, 1). Errors: DTypeError unless floating (also of all draws below that do not say
/// which dtypes they give)
CT_API Tensor rand(const Shape& shape, const TensorOptions& options = {},
                   Generator* generator = nullptr);
/// Standard normal.
CT_API Tensor randn(const Shape& shape, const TensorOptions& options = {},
                    Generator* generator = nullptr);
/// Integers in [low, high), int64 unless a dtype is given.
/// Errors: ValueError for an empty range, or one of more than 2^53 numbers
CT_API Tensor randint(int64_t low, int64_t high, const Shape& shape,
                      const TensorOptions& options = {}, Generator* generator = nullptr);
CT_API Tensor rand_like(const Tensor& like, const LikeOptions& options = {},
                        Generator* generator = nullptr);
CT_API Tensor randn_like(const Tensor& like, const LikeOptions& options = {},
                         Generator* generator = nullptr);
CT_API Tensor randint_like(const Tensor& like, int64_t low, int64_t high,
                           const LikeOptions& options = {}, Generator* generator = nullptr);
/// A permutation of 0 … n-1, int64.
CT_API Tensor randperm(int64_t n, const TensorOptions& options = {},
                       Generator* generator = nullptr);

/// Normal with a mean and a deviation, of which either may be a tensor (they broadcast).
/// Errors: ValueError for a negative deviation
CT_API Tensor normal(double mean, double deviation, const Shape& shape,
                     const TensorOptions& options = {}, Generator* generator = nullptr);
CT_API Tensor normal(const Tensor& mean, const Tensor& deviation, Generator* generator = nullptr);
CT_API Tensor normal(const Tensor& mean, double deviation = 1.0, Generator* generator = nullptr);
CT_API Tensor normal(double mean, const Tensor& deviation, Generator* generator = nullptr);
/// Density rate * exp(-rate x). Errors: ValueError unless rate > 0
CT_API Tensor exponential(const Shape& shape, double rate = 1.0, const TensorOptions& options = {},
                          Generator* generator = nullptr);

/// Each element true (1) with probability p, in dtype (default float32).
/// Errors: ValueError unless p is in [0, 1]
CT_API Tensor bernoulli(const Shape& shape, double p, const TensorOptions& options = {},
                        Generator* generator = nullptr);
/// Each element 1 with its own probability, in p's dtype. Values are checked where the host can
/// read them without waiting for a device.
CT_API Tensor bernoulli(const Tensor& p, Generator* generator = nullptr);

/// Categories drawn with the given weights, which need not sum to 1. Without replacement each is
/// drawn at most once a row, in the order of drawing.
///
/// Shapes:   weights (k) or (rows, k) -> (samples) or (rows, samples), int64
/// Errors:   ValueError unless weights are finite and not negative, and enough are positive
CT_API Tensor multinomial(const Tensor& weights, int64_t samples, bool replacement = false,
                          Generator* generator = nullptr);

}  // namespace ct
