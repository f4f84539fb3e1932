// Softsign: ct::softsign as a layer.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// x / (1 + |x|)
class CT_API Softsign : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

}  // namespace ct::nn
