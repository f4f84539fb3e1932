// Sigmoid: ct::sigmoid as a layer.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// 1 / (1 + exp(-x))
class CT_API Sigmoid : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

}  // namespace ct::nn
