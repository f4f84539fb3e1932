// Dropout: ct::dropout while training, x itself in inference.
#pragma once

#include "customtensor/nn/module.hpp"

namespace ct::nn {

/// While training: 0 with probability p, else x / (1 - p).
/// Source: Srivastava et al., JMLR 2014
/// Errors: ValueError unless p is in [0, 1]
class CT_API Dropout : public Module {
 public:
  explicit Dropout(double p = 0.5);
  Tensor forward(const Tensor& x) override;

 private:
  double p_;
};

}  // namespace ct::nn
