// Checks and parameters; the work is ct::layer_norm.
#include "customtensor/nn/norm/layer_norm.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/norm.hpp"

namespace ct::nn {

LayerNorm::LayerNorm(const Shape& normalized, const LayerNormOptions& options)
    : normalized_(normalized), options_(options) {
  if (normalized.empty() || numel(normalized) < 1 || !(options.eps >= 0)) {
    throw ValueError(
        fmt::format("LayerNorm: needs sizes of at least 1 and eps of at least 0: {}, eps {}",
                    to_string(normalized), options.eps));
  }
  if (!options.elementwise_affine) return;
  weight = ones(normalized, {.requires_grad = true});
  if (options.bias) bias = zeros(normalized, {.requires_grad = true});
}

void LayerNorm::members(Members& m) {
  m("weight", weight);
  m("bias", bias);
}

Tensor LayerNorm::forward(const Tensor& x) {
  return layer_norm(x, normalized_, weight, bias, options_.eps);
}

}  // namespace ct::nn
