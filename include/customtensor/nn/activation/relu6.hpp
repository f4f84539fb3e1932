// ReLU6: ct::relu6 as a layer.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// max(x, 0), at most 6
class CT_API ReLU6 : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

}  // namespace ct::nn
