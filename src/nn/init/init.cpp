// Initial values: bounds and deviations of the published schemes.
#include "customtensor/nn/init.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/random.hpp"

namespace ct::nn::init {
namespace {

double chosen(const Fans& fans, Fan fan) {
  return static_cast<double>(fan == Fan::in ? fans.in : fans.out);
}

double both(const Fans& fans) { return static_cast<double>(fans.in + fans.out); }

/// The x below which a standard normal number lies with probability p in (0, 1), to 16 digits.
/// Source: Wichura, "Algorithm AS 241: the percentage points of the normal distribution", 1988
const ProgramPtr& normal_quantile() {
  static const ProgramPtr program = [] {
    PointwiseBuilder builder("normal_quantile", 1);
    using Value = PointwiseValue;
    const auto polynomial = [](Value x, std::initializer_list<double> highest_first) {
      Value sum = 0.0;
      for (const double c : highest_first) sum = sum * x + c;
      return sum;
    };
    const Value p = builder.input(0);
    const Value q = p - 0.5;
    const Value centre = 0.180625 - q * q;
    const Value middle = q *
                         polynomial(centre, {2.5090809287301226727e3, 3.3430575583588128105e4,
                                             6.7265770927008700853e4, 4.5921953931549871457e4,
                                             1.3731693765509461125e4, 1.9715909503065514427e3,
                                             1.3314166789178437745e2, 3.3871328727963666080e0}) /
                         polynomial(centre, {5.2264952788528545610e3, 2.8729085735721942674e4,
                                             3.9307895800092710610e4, 2.1213794301586595867e4,
                                             5.3941960214247511077e3, 6.8718700749205790830e2,
                                             4.2313330701600911252e1, 1.0});
    // The side that is farther from the middle, by the square root of -ln of its probability.
    const Value upper = builder.apply(Opcode::gt, q, 0.0);
    const Value tail = builder.apply(Opcode::select, upper, 1.0 - p, p);
    const Value r = builder.apply(Opcode::sqrt, -builder.apply(Opcode::log, tail));
    const Value near = r - 1.6;
    const Value near_value =
        polynomial(near,
                   {7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
                    1.27045825245236838258e0, 3.64784832476320460504e0, 5.76949722146069140550e0,
                    4.63033784615654529590e0, 1.42343711074968357734e0}) /
        polynomial(near,
                   {1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
                    1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e0,
                    2.05319162663775882187e0, 1.0});
    const Value far = r - 5.0;
    const Value far_value = polynomial(far, {2.01033439929228813265e-7, 2.71155556874348757815e-5,
                                             1.24266094738807843860e-3, 2.65321895265761230930e-2,
                                             2.96560571828504891230e-1, 1.78482653991729133580e0,
                                             5.46378491116411436990e0, 6.65790464350110377720e0}) /
                            polynomial(far, {2.04426310338993978564e-15, 1.42151175831644588870e-7,
                                             1.84631831751005468180e-5, 7.86869131145613259100e-4,
                                             1.48753612908506148525e-2, 1.36929880922735805310e-1,
                                             5.99832206555887937690e-1, 1.0});
    const Value outer =
        builder.apply(Opcode::select, builder.apply(Opcode::le, r, 5.0), near_value, far_value);
    const Value signed_outer = builder.apply(Opcode::select, upper, outer, -outer);
    const Value inside = builder.apply(Opcode::le, builder.apply(Opcode::abs, q), 0.425);
    builder.output(builder.apply(Opcode::select, inside, middle, signed_outer));
    return builder.build();
  }();
  return program;
}

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

Tensor trunc_normal_(Tensor t, double mean, double deviation, double low, double high,
                     Generator* generator) {
  if (!(deviation > 0) || !(low < high)) {
    throw ValueError(fmt::format(
        "trunc_normal_: the deviation must be positive and low below high: deviation {}, low {}, "
        "high {}",
        deviation, low, high));
  }
  // In units of the deviation, and mirrored to the side where probabilities are small numbers: near
  // 1 they have no digits left.
  double a = (low - mean) / deviation;
  double b = (high - mean) / deviation;
  const double side = a + b > 0 ? -1.0 : 1.0;
  if (side < 0) a = -std::exchange(b, -a);
  const auto below = [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); };
  const double start = below(a);
  const double width = below(b) - start;
  if (!(width > 0)) {
    throw ValueError(fmt::format(
        "trunc_normal_: nothing can be drawn from [{}, {}]: it is too far from mean {} for "
        "deviation {}",
        low, high, mean, deviation));
  }
  const NoGradGuard off;
  const Tensor uniform = rand(t.shape(), {.dtype = float64, .device = t.device()}, generator);
  const Tensor values = pointwise(normal_quantile(), {uniform * width + start});
  t.copy_(clamp(values * (side * deviation) + mean, low, high));
  return t;
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
