// Running statistics are buffers, moved by the op while the module is training and read by it
// afterwards.
#include "customtensor/nn/norm/batch_norm.hpp"

#include <fmt/format.h>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/norm.hpp"

namespace ct::nn {

BatchNorm2d::BatchNorm2d(int64_t channels, const BatchNormOptions& options)
    : channels_(channels), options_(options) {
  if (channels < 1) {
    throw ValueError(fmt::format("BatchNorm2d: channels must be at least 1: {}", channels));
  }
  if (!(options.eps >= 0) || !(options.momentum >= 0 && options.momentum <= 1)) {
    throw ValueError(fmt::format(
        "BatchNorm2d: eps must be at least 0 and momentum in [0, 1]: eps {}, momentum {}",
        options.eps, options.momentum));
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

void BatchNorm2d::members(Members& m) {
  m("weight", weight);
  m("bias", bias);
  m.buffer("running_mean", running_mean);
  m.buffer("running_var", running_var);
  m.buffer("num_batches_tracked", num_batches_tracked);
}

Tensor BatchNorm2d::forward(const Tensor& x) {
  if (x.dim() != 4 || x.size(1) != channels_) {
    throw ShapeError(fmt::format("BatchNorm2d: x must be (n, {}, h, w): it is {}", channels_,
                                 to_string(x.shape())));
  }
  const bool by_batch = is_training() || !running_mean.defined();
  Tensor y = batch_norm(x, weight, bias, running_mean, running_var, by_batch, options_.momentum,
                        options_.eps);
  if (is_training() && num_batches_tracked.defined()) {
    const NoGradGuard off;
    num_batches_tracked += 1;
  }
  return y;
}

}  // namespace ct::nn
