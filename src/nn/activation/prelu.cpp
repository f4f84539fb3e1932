// The weight begins as one number; the work is ct::prelu.
#include "customtensor/nn/activation/prelu.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/ops/activation.hpp"
#include "customtensor/ops/creation.hpp"

namespace ct::nn {

PReLU::PReLU(int64_t num_parameters, double init) {
  if (num_parameters < 1) {
    throw ValueError(fmt::format("PReLU: num_parameters must be at least 1: {}", num_parameters));
  }
  weight = full({num_parameters}, init, {.dtype = float32, .requires_grad = true});
}

void PReLU::members(Members& m) { m("weight", weight); }

Tensor PReLU::forward(const Tensor& x) { return prelu(x, weight); }

}  // namespace ct::nn
