// Checks and parameters; the work is ct::group_norm.
#include "customtensor/nn/norm/group_norm.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/norm.hpp"

namespace ct::nn {

GroupNorm::GroupNorm(int64_t groups, int64_t channels, const GroupNormOptions& options)
    : groups_(groups), channels_(channels), options_(options) {
  if (groups < 1 || channels < 1 || channels % groups != 0 || !(options.eps >= 0)) {
    throw ValueError(
        fmt::format("GroupNorm: groups must divide channels, and eps be at least 0: groups {}, "
                    "channels {}, eps {}",
                    groups, channels, options.eps));
  }
  if (!options.affine) return;
  weight = ones({channels}, {.requires_grad = true});
  bias = zeros({channels}, {.requires_grad = true});
}

void GroupNorm::members(Members& m) {
  m("weight", weight);
  m("bias", bias);
}

Tensor GroupNorm::forward(const Tensor& x) {
  if (x.dim() < 2 || x.size(1) != channels_) {
    throw ShapeError(fmt::format("GroupNorm: x must be (n, {}, ...): it is {}", channels_,
                                 to_string(x.shape())));
  }
  return group_norm(x, groups_, weight, bias, options_.eps);
}

}  // namespace ct::nn
