// Hardshrink: ct::hardshrink as a layer.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// x, or 0 where |x| <= lambda
class CT_API Hardshrink : public Module {
 public:
  explicit Hardshrink(double lambda = 0.5) : lambda_(lambda) {}
  Tensor forward(const Tensor& x) override;

 private:
  double lambda_;
};

}  // namespace ct::nn
