// GELU: ct::gelu as a layer.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// x Φ(x). Source: arXiv:1606.08415
class CT_API GELU : public Module {
 public:
  explicit GELU(GeluApproximation approximation = GeluApproximation::none)
      : approximation_(approximation) {}
  Tensor forward(const Tensor& x) override;

 private:
  GeluApproximation approximation_;
};

}  // namespace ct::nn
