// MaxPool3d: ct::max_pool3d with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/pool_indices.hpp"

namespace ct::nn {

/// y[i, j, k] = max of x over the window there. Shapes: (n, c, d, h, w) -> (n, c, od, oh, ow)
/// Errors: those of ct::max_pool3d, at each call
/// Source: torch.nn.MaxPool3d
class CT_API MaxPool3d : public Module {
 public:
  explicit MaxPool3d(Triple kernel, const PoolOptions3d& options = {})
      : kernel_(kernel), options_(options) {}
  Tensor forward(const Tensor& x) override;
  /// And their places, for MaxUnpool3d.
  PooledMax forward_with_indices(const Tensor& x) const;

 private:
  Triple kernel_;
  PoolOptions3d options_;
};

}  // namespace ct::nn
