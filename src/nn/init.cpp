// Initial values: bounds and deviations of the published schemes.
#include "customtensor/nn/init.hpp"

#include <fmt/format.h>

#include <cmath>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"

namespace ct::nn::init {
namespace {

double chosen(const Fans& fans, Fan fan) {
  return static_cast<double>(fan == Fan::in ? fans.in : fans.out);
}

double both(const Fans& fans) { return static_cast<double>(fans.in + fans.out); }

}  // namespace

Fans fans(const Tensor& weight) {
  if (weight.dim() < 2) {
    throw ShapeError(fmt::format("init: fan_in and fan_out need at least two axes: {}",
                                 to_string(weight.shape())));
  }
  int64_t area = 1;
  for (int64_t axis = 2; axis < weight.dim(); ++axis) area *= weight.size(axis);
  return {.in = weight.size(1) * area, .out = weight.size(0) * area};
}

double gain(Nonlinearity nonlinearity, double negative_slope) {
  switch (nonlinearity) {
    case Nonlinearity::linear:
    case Nonlinearity::sigmoid:
      return 1.0;
    case Nonlinearity::tanh:
      return 5.0 / 3.0;
    case Nonlinearity::relu:
      return std::sqrt(2.0);
    case Nonlinearity::leaky_relu:
      return std::sqrt(2.0 / (1.0 + negative_slope * negative_slope));
    case Nonlinearity::selu:
      return 0.75;
  }
  throw ValueError("init: unknown nonlinearity");
}

Tensor uniform_(Tensor t, double low, double high, Generator* generator) {
  const NoGradGuard off;
  return t.uniform_(low, high, generator);
}

Tensor normal_(Tensor t, double mean, double deviation, Generator* generator) {
  const NoGradGuard off;
  return t.normal_(mean, deviation, generator);
}

Tensor constant_(Tensor t, double value) {
  const NoGradGuard off;
  t.fill_(value);
  return t;
}

Tensor zeros_(Tensor t) { return constant_(std::move(t), 0.0); }
Tensor ones_(Tensor t) { return constant_(std::move(t), 1.0); }

Tensor kaiming_uniform_(Tensor weight, const KaimingOptions& options, Generator* generator) {
  const double bound = gain(options.nonlinearity, options.negative_slope) *
                       std::sqrt(3.0 / chosen(fans(weight), options.fan));
  return uniform_(std::move(weight), -bound, bound, generator);
}

Tensor kaiming_normal_(Tensor weight, const KaimingOptions& options, Generator* generator) {
  const double deviation = gain(options.nonlinearity, options.negative_slope) /
                           std::sqrt(chosen(fans(weight), options.fan));
  return normal_(std::move(weight), 0.0, deviation, generator);
}

Tensor xavier_uniform_(Tensor weight, double gain, Generator* generator) {
  const double bound = gain * std::sqrt(6.0 / both(fans(weight)));
  return uniform_(std::move(weight), -bound, bound, generator);
}

Tensor xavier_normal_(Tensor weight, double gain, Generator* generator) {
  const double deviation = gain * std::sqrt(2.0 / both(fans(weight)));
  return normal_(std::move(weight), 0.0, deviation, generator);
}

}  // namespace ct::nn::init
