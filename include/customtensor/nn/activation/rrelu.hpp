// RReLU: a rectifier whose slope below 0 is drawn while training.
#pragma once

#include "customtensor/nn/module.hpp"

namespace ct::nn {

/// x where x >= 0, else a x: a uniform in [lower, upper) for each element while training, their
/// mean in inference.
///
/// Errors: ValueError unless 0 <= lower <= upper
/// Source: arXiv:1505.00853
class CT_API RReLU : public Module {
 public:
  explicit RReLU(double lower = 1.0 / 8, double upper = 1.0 / 3);
  Tensor forward(const Tensor& x) override;

 private:
  double lower_, upper_;
};

}  // namespace ct::nn
