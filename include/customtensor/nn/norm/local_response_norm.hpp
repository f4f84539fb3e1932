// LocalResponseNorm: each channel divided by what its neighbours have.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"

namespace ct::nn {

/// x / (k + alpha / size sum of x² over `size` channels around)^beta.
///
/// Shapes: x (n, c, …) -> the same
/// Errors: ValueError if size < 1
/// Source: Krizhevsky et al., NIPS 2012
class CT_API LocalResponseNorm : public Module {
 public:
  explicit LocalResponseNorm(int64_t size, double alpha = 1e-4, double beta = 0.75, double k = 1.0);
  Tensor forward(const Tensor& x) override;

 private:
  int64_t size_;
  double alpha_, beta_, k_;
};

}  // namespace ct::nn
