// Tanh: ct::tanh as a layer.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// (exp(x) - exp(-x)) / (exp(x) + exp(-x))
class CT_API Tanh : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

}  // namespace ct::nn
