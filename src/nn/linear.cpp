// Checks of the sizes and PyTorch's initial values; the work is ct::linear.
#include "customtensor/nn/linear.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/matmul.hpp"
#include "nn/init/default_init.hpp"

namespace ct::nn {

Linear::Linear(int64_t in_features, int64_t out_features, const LinearOptions& options) {
  if (in_features < 1 || out_features < 1) {
    throw ValueError(
        fmt::format("Linear: sizes must be at least 1: in {}, out {}", in_features, out_features));
  }
  weight = empty({out_features, in_features});
  if (options.bias) bias = empty({out_features});
  default_init(weight, bias);
}

void Linear::members(Members& m) {
  m("weight", weight);
  m("bias", bias);
}

Tensor Linear::forward(const Tensor& x) { return linear(x, weight, bias); }

}  // namespace ct::nn
