// Initial values of parameters, written in place and unrecorded. Random ones come from `generator`,
// or the calling thread's default stream, and are the same on every device.
//
// fan_in of a weight (out, in, …) is in times the product of the rest (a filter's area), fan_out is
// out times the same; below, `fan` is the one that was chosen.
#pragma once

#include <cstdint>

#include "customtensor/random.hpp"
#include "customtensor/tensor.hpp"

namespace ct::nn::init {

enum class Fan { in, out };
enum class Nonlinearity { linear, sigmoid, tanh, relu, leaky_relu, selu };

struct Fans {
  int64_t in = 0, out = 0;
};
/// Errors: ShapeError below two axes.
CT_API Fans fans(const Tensor& weight);

/// What a nonlinearity does to the deviation of its input, inverted: 1, 1, 5/3, sqrt(2),
/// sqrt(2 / (1 + slope²)), 3/4.
CT_API double gain(Nonlinearity nonlinearity, double negative_slope = 0.01);

/// Uniform in [low, high).
CT_API Tensor uniform_(Tensor t, double low = 0.0, double high = 1.0,
                       Generator* generator = nullptr);
/// Errors: ValueError for a negative deviation.
CT_API Tensor normal_(Tensor t, double mean = 0.0, double deviation = 1.0,
                      Generator* generator = nullptr);
/// Normal, but never outside of [low, high]: what would be is not clipped but not drawn.
/// Errors: ValueError unless deviation > 0 and low < high, and for a range without probability
CT_API Tensor trunc_normal_(Tensor t, double mean = 0.0, double deviation = 1.0, double low = -2.0,
                            double high = 2.0, Generator* generator = nullptr);
CT_API Tensor constant_(Tensor t, double value);
CT_API Tensor zeros_(Tensor t);
CT_API Tensor ones_(Tensor t);

struct KaimingOptions {
  double negative_slope = 0.0;  ///< of leaky_relu
  Fan fan = Fan::in;
  Nonlinearity nonlinearity = Nonlinearity::leaky_relu;
};
/// Uniform in ±gain sqrt(3 / fan). Source: arXiv:1502.01852
CT_API Tensor kaiming_uniform_(Tensor weight, const KaimingOptions& options = {},
                               Generator* generator = nullptr);
/// Normal with deviation gain / sqrt(fan). Source: arXiv:1502.01852
CT_API Tensor kaiming_normal_(Tensor weight, const KaimingOptions& options = {},
                              Generator* generator = nullptr);
/// Uniform in ±gain sqrt(6 / (fan_in + fan_out)). Source: Glorot and Bengio, AISTATS 2010
CT_API Tensor xavier_uniform_(Tensor weight, double gain = 1.0, Generator* generator = nullptr);
/// Normal with deviation gain sqrt(2 / (fan_in + fan_out)). Source: as above
CT_API Tensor xavier_normal_(Tensor weight, double gain = 1.0, Generator* generator = nullptr);

}  // namespace ct::nn::init
