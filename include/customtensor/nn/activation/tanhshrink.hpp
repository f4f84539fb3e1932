// Tanhshrink: ct::tanhshrink as a layer.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// x - tanh(x)
class CT_API Tanhshrink : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

}  // namespace ct::nn
