// Pooling layers: ct::max_pool2d and ct::avg_pool2d with their settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/conv.hpp"
#include "customtensor/ops/pool_indices.hpp"

namespace ct::nn {

/// y[i, j] = max of x over the window at (i, j). Shapes: (n, c, h, w) -> (n, c, oh, ow)
class CT_API MaxPool2d : public Module {
 public:
  explicit MaxPool2d(Pair kernel, const PoolOptions& options = {});
  Tensor forward(const Tensor& x) override;
  /// And their places, for MaxUnpool2d.
  PooledMax forward_with_indices(const Tensor& x) const;

 private:
  Pair kernel_;
  PoolOptions options_;
};

/// y[i, j] = mean of x over the window at (i, j). Shapes: (n, c, h, w) -> (n, c, oh, ow)
class CT_API AvgPool2d : public Module {
 public:
  explicit AvgPool2d(Pair kernel, const PoolOptions& options = {});
  Tensor forward(const Tensor& x) override;

 private:
  Pair kernel_;
  PoolOptions options_;
};

}  // namespace ct::nn
