// LPPool2d: ct::lp_pool2d with its settings.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/pool_axes.hpp"

namespace ct::nn {

/// The root of order p of the sum of x^p in each window. Shapes: (n, c, h, w) -> (n, c, oh, ow)
/// Errors: those of ct::lp_pool2d, at each call
/// Source: torch.nn.LPPool2d
class CT_API LPPool2d : public Module {
 public:
  LPPool2d(double p, Pair kernel, Pair stride = 0, bool ceil_mode = false)
      : p_(p), kernel_(kernel), stride_(stride), ceil_mode_(ceil_mode) {}
  Tensor forward(const Tensor& x) override;

 private:
  double p_;
  Pair kernel_;
  Pair stride_;
  bool ceil_mode_;
};

}  // namespace ct::nn
