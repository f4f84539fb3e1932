// SELU: ct::selu as a layer.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// 1.0507 ELU of alpha 1.6733, which keeps mean 0 and variance 1. Source: arXiv:1706.02515
class CT_API SELU : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

}  // namespace ct::nn
