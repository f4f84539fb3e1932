// Lengths and directions, and the power method.
#include "customtensor/nn/adapt/parametrized.hpp"

#include <fmt/format.h>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/matmul.hpp"
#include "customtensor/ops/norm.hpp"
#include "customtensor/ops/random.hpp"
#include "customtensor/ops/reduce.hpp"
#include "customtensor/ops/shape.hpp"

namespace ct::nn {

namespace detail {

const Tensor& parametrized(const Tensor& parameter) {
  if (!parameter.defined()) {
    throw ValueError("Parametrized: the layer does not have this parameter; it was not asked for");
  }
  return parameter;
}

Tensor leaf_of(const Tensor& value) { return value.detach().clone().requires_grad_(); }

}  // namespace detail

namespace {

int64_t checked_axis(const char* rule, const Tensor& value, int64_t axis) {
  if (axis < -value.dim() || axis >= value.dim()) {
    throw ShapeError(
        fmt::format("{}: there is no axis {}: {}", rule, axis, to_string(value.shape())));
  }
  return axis < 0 ? axis + value.dim() : axis;
}

/// The length of each slice along `dim`, or of the whole.
Tensor lengths(const Tensor& v, const std::optional<int64_t>& dim) {
  if (!dim) return norm(v);
  std::vector<int64_t> others;
  for (int64_t i = 0; i < v.dim(); ++i) {
    if (i != *dim) others.push_back(i);
  }
  return others.empty() ? v.abs() : norm(v, 2, others, true);
}

}  // namespace

WeightNormRule::WeightNormRule(const Tensor& value, const Options& options) : dim_(options.dim) {
  if (dim_) dim_ = checked_axis("weight_norm", value, *dim_);
  original1 = detail::leaf_of(value);
  original0 = detail::leaf_of(lengths(value.detach(), dim_));
}

void WeightNormRule::members(Members& m) {
  m("original0", original0);
  m("original1", original1);
}

Tensor WeightNormRule::value() { return original1 * (original0 / lengths(original1, dim_)); }

SpectralNormRule::SpectralNormRule(const Tensor& value, const Options& options)
    : options_(options) {
  if (options.n_power_iterations < 1) {
    throw ValueError(fmt::format("spectral_norm: n_power_iterations must be at least 1: {}",
                                 options.n_power_iterations));
  }
  options_.dim = checked_axis("spectral_norm", value, options.dim);
  original = detail::leaf_of(value);
  if (value.dim() < 2) return;
  const NoGradGuard off;
  const Tensor w = matrix();
  const TensorOptions like{.dtype = w.dtype(), .device = w.device()};
  u = normalize(randn({w.size(0)}, like), 2, 0, options_.eps);
  v = normalize(randn({w.size(1)}, like), 2, 0, options_.eps);
  constexpr int64_t kFirstSteps = 15;
  follow(w, kFirstSteps);
}

void SpectralNormRule::members(Members& m) {
  m("original", original);
  vectors_.of = this;
  if (u.defined()) m("0", vectors_);
}

Tensor SpectralNormRule::matrix() const {
  return original.movedim(options_.dim, 0).reshape({original.size(options_.dim), -1});
}

void SpectralNormRule::follow(const Tensor& w, int64_t steps) {
  const NoGradGuard off;
  const Tensor m = w.detach();
  for (int64_t i = 0; i < steps; ++i) {
    u.copy_(normalize(mv(m, v), 2, 0, options_.eps));
    v.copy_(normalize(mv(m.t(), u), 2, 0, options_.eps));
  }
}

Tensor SpectralNormRule::value() {
  if (!u.defined()) return normalize(original, 2, 0, options_.eps);
  const Tensor w = matrix();
  if (is_training()) follow(w, options_.n_power_iterations);
  // Copies: a later call moves u and v before this one's backward.
  const Tensor sigma = dot(u.clone(), mv(w, v.clone()));
  return original / sigma;
}

}  // namespace ct::nn
