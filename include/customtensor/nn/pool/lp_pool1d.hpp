// LPPool1d: ct::lp_pool1d with its settings.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/pool_axes.hpp"

namespace ct::nn {

/// The root of order p of the sum of x^p in each window. Shapes: (n, c, l) -> (n, c, ol)
/// Errors: those of ct::lp_pool1d, at each call
/// Source: torch.nn.LPPool1d
class CT_API LPPool1d : public Module {
 public:
  LPPool1d(double p, int64_t kernel, int64_t stride = 0, bool ceil_mode = false)
      : p_(p), kernel_(kernel), stride_(stride), ceil_mode_(ceil_mode) {}
  Tensor forward(const Tensor& x) override;

 private:
  double p_;
  int64_t kernel_;
  int64_t stride_;
  bool ceil_mode_;
};

}  // namespace ct::nn
