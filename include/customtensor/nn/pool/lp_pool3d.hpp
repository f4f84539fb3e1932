// LPPool3d: ct::lp_pool3d with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/pool3d.hpp"

namespace ct::nn {

/// The root of order p of the sum of x^p in each window. Shapes: (n, c, d, h, w) -> (n, c, od, oh,
/// ow) Errors: those of ct::lp_pool3d, at each call Source: torch.nn.LPPool3d
class CT_API LPPool3d : public Module {
 public:
  LPPool3d(double p, Triple kernel, Triple stride = 0, bool ceil_mode = false)
      : p_(p), kernel_(kernel), stride_(stride), ceil_mode_(ceil_mode) {}
  Tensor forward(const Tensor& x) override;

 private:
  double p_;
  Triple kernel_;
  Triple stride_;
  bool ceil_mode_;
};

}  // namespace ct::nn
