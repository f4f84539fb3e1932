// AvgPool3d: ct::avg_pool3d with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/pool3d.hpp"

namespace ct::nn {

/// y[i, j, k] = mean of x over the window there. Shapes: (n, c, d, h, w) -> (n, c, od, oh, ow)
/// Errors: those of ct::avg_pool3d, at each call
/// Source: torch.nn.AvgPool3d
class CT_API AvgPool3d : public Module {
 public:
  explicit AvgPool3d(Triple kernel, const PoolOptions3d& options = {})
      : kernel_(kernel), options_(options) {}
  Tensor forward(const Tensor& x) override;

 private:
  Triple kernel_;
  PoolOptions3d options_;
};

}  // namespace ct::nn
