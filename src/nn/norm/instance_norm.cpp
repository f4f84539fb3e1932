// The op ct::instance_norm; a single sample is a batch of one.
#include "customtensor/nn/norm/instance_norm.hpp"

#include <fmt/format.h>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/norm.hpp"

namespace ct::nn {

InstanceNorm::InstanceNorm(const char* layer, int axes, int64_t channels,
                           const InstanceNormOptions& options)
    : layer_(layer), axes_(axes), channels_(channels), options_(options) {
  if (channels < 1 || !(options.eps >= 0) || !(options.momentum >= 0 && options.momentum <= 1)) {
    throw ValueError(
        fmt::format("{}: channels must be at least 1, eps at least 0 and momentum in [0, 1]: "
                    "channels {}, eps {}, momentum {}",
                    layer, channels, options.eps, options.momentum));
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

void InstanceNorm::members(Members& m) {
  m("weight", weight);
  m("bias", bias);
  m.buffer("running_mean", running_mean);
  m.buffer("running_var", running_var);
  m.buffer("num_batches_tracked", num_batches_tracked);
}

Tensor InstanceNorm::forward(const Tensor& x) {
  const bool single = x.dim() == axes_ + 1;
  if ((!single && x.dim() != axes_ + 2) || x.size(single ? 0 : 1) != channels_) {
    throw ShapeError(
        fmt::format("{}: x must be (n, {}, ...) with {} axes, or one fewer of a single sample: it "
                    "is {}",
                    layer_, channels_, axes_ + 2, to_string(x.shape())));
  }
  const bool own = is_training() || !running_mean.defined();
  const Tensor y = instance_norm(single ? x.unsqueeze(0) : x, running_mean, running_var, weight,
                                 bias, own, options_.momentum, options_.eps);
  if (is_training() && num_batches_tracked.defined()) {
    const NoGradGuard off;
    num_batches_tracked += 1;
  }
  return single ? y.squeeze(0) : y;
}

}  // namespace ct::nn
