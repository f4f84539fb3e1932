// Mish: ct::mish as a layer.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// x tanh(log(1 + exp(x))). Source: arXiv:1908.08681
class CT_API Mish : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

}  // namespace ct::nn
