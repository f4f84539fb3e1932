// SiLU: ct::silu as a layer.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// x / (1 + exp(-x)). Source: arXiv:1702.03118
class CT_API SiLU : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

}  // namespace ct::nn
