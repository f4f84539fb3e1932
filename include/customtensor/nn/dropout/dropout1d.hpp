// Dropout1d: ct::dropout1d while training, x itself in inference.
#pragma once

#include "customtensor/nn/module.hpp"

namespace ct::nn {

/// While training, whole channels of (n, c, l) are 0 with probability p, else x / (1 - p).
/// Source: torch.nn.Dropout1d
/// Errors: ValueError unless p is in [0, 1]
class CT_API Dropout1d : public Module {
 public:
  explicit Dropout1d(double p = 0.5);
  Tensor forward(const Tensor& x) override;

 private:
  double p_;
};

}  // namespace ct::nn
