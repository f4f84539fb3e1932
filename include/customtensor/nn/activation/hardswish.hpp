// Hardswish: ct::hardswish as a layer.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// x Hardsigmoid(x). Source: arXiv:1905.02244
class CT_API Hardswish : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

}  // namespace ct::nn
