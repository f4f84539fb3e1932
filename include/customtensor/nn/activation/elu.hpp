// ELU: ct::elu as a layer.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// x, or alpha (exp(x) - 1) below 0. Source: arXiv:1511.07289
class CT_API ELU : public Module {
 public:
  explicit ELU(double alpha = 1.0) : alpha_(alpha) {}
  Tensor forward(const Tensor& x) override;

 private:
  double alpha_;
};

}  // namespace ct::nn
