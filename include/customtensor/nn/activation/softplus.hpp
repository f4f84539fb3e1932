// Softplus: ct::softplus as a layer.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// log(1 + exp(beta x)) / beta; x itself where beta x > threshold
class CT_API Softplus : public Module {
 public:
  explicit Softplus(double beta = 1.0, double threshold = 20.0)
      : beta_(beta), threshold_(threshold) {}
  Tensor forward(const Tensor& x) override;

 private:
  double beta_;
  double threshold_;
};

}  // namespace ct::nn
