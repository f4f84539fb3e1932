// The initial values that PyTorch gives linear and convolution layers.
#pragma once

#include <cmath>

#include "customtensor/nn/init.hpp"

namespace ct::nn {

/// Both uniform in ±1 / sqrt(fan_in): kaiming_uniform with slope sqrt(5) is just that. Turns on
/// their gradients.
inline void default_init(Tensor& weight, Tensor& bias) {
  const double bound = 1.0 / std::sqrt(static_cast<double>(init::fans(weight).in));
  init::kaiming_uniform_(weight, {.negative_slope = std::sqrt(5.0)});
  weight.requires_grad_();
  if (bias.defined()) {
    init::uniform_(bias, -bound, bound);
    bias.requires_grad_();
  }
}

}  // namespace ct::nn
