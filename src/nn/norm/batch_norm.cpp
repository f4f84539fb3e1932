// Running statistics are buffers, moved by the op while the module is training and read by it
// afterwards.
#include "customtensor/nn/norm/batch_norm.hpp"

#include <fmt/format.h>

#include "customtensor/autograd.hpp"
#include "customtensor/autograd_functional.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/norm.hpp"

namespace ct::nn {

BatchNorm::BatchNorm(const char* layer, int axes, bool optional_axis, int64_t channels,
                     const BatchNormOptions& options)
    : layer_(layer),
      axes_(axes),
      optional_axis_(optional_axis),
      channels_(channels),
      options_(options) {
  if (channels < 1) {
    throw ValueError(fmt::format("{}: channels must be at least 1: {}", layer, channels));
  }
  const double momentum = options.momentum.value_or(0.0);
  if (!(options.eps >= 0) || !(momentum >= 0 && momentum <= 1)) {
    throw ValueError(
        fmt::format("{}: eps must be at least 0 and momentum in [0, 1]: eps {}, momentum {}", layer,
                    options.eps, momentum));
  }
  if (options.affine) {
    weight = ones({channels}, {.requires_grad = true});
    bias = zeros({channels}, {.requires_grad = true});
  }
  if (options.track_running_stats) {
    running_mean = zeros({channels});
    running_var = ones({channels});
    num_batches_tracked = zeros({}, {.dtype = int64});
  }
}

void BatchNorm::members(Members& m) {
  m("weight", weight);
  m("bias", bias);
  m.buffer("running_mean", running_mean);
  m.buffer("running_var", running_var);
  m.buffer("num_batches_tracked", num_batches_tracked);
}

void BatchNorm::reset_running_stats() {
  if (!running_mean.defined()) return;
  const NoGradGuard off;
  running_mean.zero_();
  running_var.fill_(1);
  num_batches_tracked.zero_();
}

void BatchNorm::set_momentum(std::optional<double> momentum) {
  if (momentum && !(*momentum >= 0 && *momentum <= 1)) {
    throw ValueError(fmt::format("{}: momentum must be in [0, 1]: {}", layer_, *momentum));
  }
  options_.momentum = momentum;
}

Tensor BatchNorm::forward(const Tensor& x) {
  const bool fits = x.dim() == axes_ + 2 || (optional_axis_ && x.dim() == axes_ + 1);
  if (!fits || x.size(1) != channels_) {
    const char* const rest[] = {", l", ", h, w", ", d, h, w"};
    throw ShapeError(fmt::format(
        "{}: x must be (n, {}{}){}: it is {}", layer_, channels_, rest[axes_ - 1],
        optional_axis_ ? fmt::format(" or (n, {})", channels_) : "", to_string(x.shape())));
  }
  const bool by_batch = is_training() || !running_mean.defined();
  const bool counts = is_training() && num_batches_tracked.defined() && !autograd::recomputing();
  double momentum = options_.momentum.value_or(0.0);
  if (counts && !options_.momentum) {
    momentum = 1.0 / static_cast<double>(num_batches_tracked.item<int64_t>() + 1);
  }
  Tensor y =
      batch_norm(x, weight, bias, running_mean, running_var, by_batch, momentum, options_.eps);
  if (counts) {
    const NoGradGuard off;
    num_batches_tracked += 1;
  }
  return y;
}

}  // namespace ct::nn
