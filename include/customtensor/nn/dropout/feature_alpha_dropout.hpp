// FeatureAlphaDropout: ct::feature_alpha_dropout while training, x itself in inference.
#pragma once

#include "customtensor/nn/module.hpp"

namespace ct::nn {

/// AlphaDropout of whole channels, axis 1. Source: torch.nn.FeatureAlphaDropout
/// Errors: ValueError unless p is in [0, 1]
class CT_API FeatureAlphaDropout : public Module {
 public:
  explicit FeatureAlphaDropout(double p = 0.5);
  Tensor forward(const Tensor& x) override;

 private:
  double p_;
};

}  // namespace ct::nn
