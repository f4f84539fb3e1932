// AlphaDropout: ct::alpha_dropout while training, x itself in inference.
#pragma once

#include "customtensor/nn/module.hpp"

namespace ct::nn {

/// While training, what SELU tends to with probability p; mean 0 and variance 1 stay.
/// Source: arXiv:1706.02515
/// Errors: ValueError unless p is in [0, 1]
class CT_API AlphaDropout : public Module {
 public:
  explicit AlphaDropout(double p = 0.5);
  Tensor forward(const Tensor& x) override;

 private:
  double p_;
};

}  // namespace ct::nn
