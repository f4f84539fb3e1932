// Softshrink: ct::softshrink as a layer.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// x moved towards 0 by lambda, which it does not cross
class CT_API Softshrink : public Module {
 public:
  explicit Softshrink(double lambda = 0.5) : lambda_(lambda) {}
  Tensor forward(const Tensor& x) override;

 private:
  double lambda_;
};

}  // namespace ct::nn
