// Dropout: random zeros while training.
#pragma once

#include "customtensor/nn/module.hpp"

namespace ct::nn {

/// While training: 0 with probability p, else x / (1 - p); x itself in inference.
///
/// Errors: ValueError unless p is in [0, 1]
/// Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting",
///         JMLR 2014
class CT_API Dropout : public Module {
 public:
  explicit Dropout(double p = 0.5);
  Tensor forward(const Tensor& x) override;

 private:
  double p_;
};

}  // namespace ct::nn
