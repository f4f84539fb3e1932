// Checks of the sizes and PyTorch's initial values; the work is ct::bilinear.
#include "customtensor/nn/linear/bilinear.hpp"

#include <fmt/format.h>

#include <cmath>

#include "customtensor/error.hpp"
#include "customtensor/nn/init.hpp"
#include "customtensor/ops/bilinear.hpp"
#include "customtensor/ops/creation.hpp"

namespace ct::nn {

Bilinear::Bilinear(int64_t in1_features, int64_t in2_features, int64_t out_features,
                   const BilinearOptions& options) {
  if (in1_features < 1 || in2_features < 1 || out_features < 1) {
    throw ValueError(fmt::format("Bilinear: sizes must be at least 1: in {} and {}, out {}",
                                 in1_features, in2_features, out_features));
  }
  const double bound = 1.0 / std::sqrt(static_cast<double>(in1_features));
  weight = empty({out_features, in1_features, in2_features});
  init::uniform_(weight, -bound, bound);
  weight.requires_grad_();
  if (!options.bias) return;
  bias = empty({out_features});
  init::uniform_(bias, -bound, bound);
  bias.requires_grad_();
}

void Bilinear::members(Members& m) {
  m("weight", weight);
  m("bias", bias);
}

Tensor Bilinear::operator()(const Tensor& x1, const Tensor& x2) const {
  return bilinear(x1, x2, weight, bias);
}

}  // namespace ct::nn
