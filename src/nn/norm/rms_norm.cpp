// Checks and the parameter; the work is ct::rms_norm.
#include "customtensor/nn/norm/rms_norm.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/norm.hpp"

namespace ct::nn {

RMSNorm::RMSNorm(const Shape& normalized, const RMSNormOptions& options)
    : normalized_(normalized), eps_(options.eps) {
  if (normalized.empty() || numel(normalized) < 1 || !(options.eps.value_or(0.0) >= 0)) {
    throw ValueError(
        fmt::format("RMSNorm: needs sizes of at least 1 and eps of at least 0: {}, eps {}",
                    to_string(normalized), options.eps.value_or(0.0)));
  }
  if (options.elementwise_affine) weight = ones(normalized, {.requires_grad = true});
}

void RMSNorm::members(Members& m) { m("weight", weight); }

Tensor RMSNorm::forward(const Tensor& x) { return rms_norm(x, normalized_, weight, eps_); }

}  // namespace ct::nn
