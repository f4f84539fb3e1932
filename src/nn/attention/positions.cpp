// Positions: angles are place times frequency, made in float64 on the host's formula and rounded
// once.
#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "customtensor/error.hpp"
#include "customtensor/nn/attention/learned_positions.hpp"
#include "customtensor/nn/attention/rotary_positions.hpp"
#include "customtensor/nn/attention/sinusoidal_positions.hpp"
#include "customtensor/nn/init.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/rotary.hpp"

namespace ct::nn {
namespace {

void check_features(const char* name, int64_t features) {
  if (features >= 2 && features % 2 == 0) return;
  throw ValueError(fmt::format("{}: features must be even and at least 2: {}", name, features));
}

void check_input(const char* name, const Tensor& x, int64_t features, int64_t most) {
  if (x.dim() >= 2 && x.size(-1) == features && x.size(-2) <= most) return;
  throw ShapeError(fmt::format("{}: x {} does not fit: it must be (..., L, {}) with L at most {}",
                               name, to_string(x.shape()), features, most));
}

/// f(place, frequency number) for each, (length, count).
template <class F>
Tensor table(int64_t length, int64_t count, const Device& device, DType dtype, const F& f) {
  std::vector<double> values;
  values.reserve(static_cast<size_t>(length * count));
  for (int64_t p = 0; p < length; ++p) {
    for (int64_t i = 0; i < count; ++i) values.push_back(f(static_cast<double>(p), i));
  }
  return tensor(std::span<const double>(values), {.dtype = dtype, .device = device})
      .reshape({length, count});
}

double frequency(double base, int64_t i, int64_t features) {
  return std::pow(base, -2.0 * static_cast<double>(i) / static_cast<double>(features));
}

constexpr int64_t kAnyLength = int64_t{1} << 40;

}  // namespace

Tensor sinusoidal_positions(int64_t length, int64_t features, double base, const Device& device,
                            DType dtype) {
  check_features("sinusoidal_positions", features);
  if (length < 1) {
    throw ValueError(
        fmt::format("sinusoidal_positions: the length must be at least 1: {}", length));
  }
  return table(length, features, device, dtype, [&](double p, int64_t i) {
    const double angle = p * frequency(base, i / 2, features);
    return i % 2 == 0 ? std::sin(angle) : std::cos(angle);
  });
}

SinusoidalPositions::SinusoidalPositions(int64_t features, double base)
    : features_(features), base_(base) {
  check_features("SinusoidalPositions", features);
}
Tensor SinusoidalPositions::forward(const Tensor& x) {
  check_input("SinusoidalPositions", x, features_, kAnyLength);
  if (x.size(-2) == 0) return x;
  return x + sinusoidal_positions(x.size(-2), features_, base_, x.device(), x.dtype());
}

LearnedPositions::LearnedPositions(int64_t max_length, int64_t features) {
  if (max_length < 1 || features < 1) {
    throw ValueError(
        fmt::format("LearnedPositions: sizes must be at least 1: max_length {}, features {}",
                    max_length, features));
  }
  weight = init::normal_(empty({max_length, features}), 0.0, 0.02).requires_grad_();
}
void LearnedPositions::members(Members& m) { m("weight", weight); }
Tensor LearnedPositions::forward(const Tensor& x) {
  check_input("LearnedPositions", x, weight.size(1), weight.size(0));
  return x + weight.narrow(0, 0, x.size(-2));
}

RotaryPositions::RotaryPositions(int64_t features, const RotaryOptions& options)
    : features_(features), options_(options) {
  check_features("RotaryPositions", features);
}
Tensor RotaryPositions::forward(const Tensor& x) { return (*this)(x, 0); }
Tensor RotaryPositions::operator()(const Tensor& x, int64_t offset) {
  if (offset < 0) {
    throw ValueError(fmt::format("RotaryPositions: the offset must not be negative: {}", offset));
  }
  if (x.dim() < 2 || x.size(-1) < features_) {
    throw ShapeError(
        fmt::format("RotaryPositions: x {} does not fit: it must be (..., L, D), D at least {}",
                    to_string(x.shape()), features_));
  }
  const auto angles = [&](auto function) {
    return table(x.size(-2), features_ / 2, x.device(), compute_type(x.dtype()),
                 [&](double p, int64_t i) {
                   return function((p + static_cast<double>(offset)) *
                                   frequency(options_.base, i, features_));
                 });
  };
  return rotary_embedding(x, angles([](double a) { return std::cos(a); }),
                          angles([](double a) { return std::sin(a); }), options_.interleaved);
}

}  // namespace ct::nn
