// ReLU: ct::relu as a layer.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// max(x, 0)
class CT_API ReLU : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

}  // namespace ct::nn
