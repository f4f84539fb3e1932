// LogSigmoid: ct::logsigmoid as a layer.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// log(1 / (1 + exp(-x))), without overflow
class CT_API LogSigmoid : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

}  // namespace ct::nn
