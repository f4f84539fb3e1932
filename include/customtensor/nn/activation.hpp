// Activations as layers, for Sequential: the functions of ops/activation.hpp.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/activation.hpp"

namespace ct::nn {

/// max(x, 0)
class CT_API ReLU : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

/// x where x > 0, else negative_slope x
class CT_API LeakyReLU : public Module {
 public:
  explicit LeakyReLU(double negative_slope = 0.01) : negative_slope_(negative_slope) {}
  Tensor forward(const Tensor& x) override;

 private:
  double negative_slope_;
};

/// x Φ(x). Source: arXiv:1606.08415
class CT_API GELU : public Module {
 public:
  explicit GELU(GeluApproximation approximation = GeluApproximation::none)
      : approximation_(approximation) {}
  Tensor forward(const Tensor& x) override;

 private:
  GeluApproximation approximation_;
};

/// x / (1 + exp(-x)). Source: arXiv:1702.03118
class CT_API SiLU : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

/// 1 / (1 + exp(-x))
class CT_API Sigmoid : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

/// (exp(x) - exp(-x)) / (exp(x) + exp(-x))
class CT_API Tanh : public Module {
 public:
  Tensor forward(const Tensor& x) override;
};

}  // namespace ct::nn
