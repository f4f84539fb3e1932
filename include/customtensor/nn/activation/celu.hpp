// CELU: ct::celu as a layer.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// x, or alpha (exp(x / alpha) - 1) below 0. Source: arXiv:1704.07483
class CT_API CELU : public Module {
 public:
  explicit CELU(double alpha = 1.0) : alpha_(alpha) {}
  Tensor forward(const Tensor& x) override;

 private:
  double alpha_;
};

}  // namespace ct::nn
