// Hardsigmoid: ct::hardsigmoid as a layer.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// (x + 3) / 6 limited to [0, 1]
class CT_API Hardsigmoid : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

}  // namespace ct::nn
