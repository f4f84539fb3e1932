// FractionalMaxPool2d: ct::fractional_max_pool2d with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/pool_indices.hpp"

namespace ct::nn {

/// The largest of windows at random distances. Shapes: (n, c, h, w) -> (n, c, oh, ow)
/// Errors: those of ct::fractional_max_pool2d, at each call
/// Source: torch.nn.FractionalMaxPool2d
class CT_API FractionalMaxPool2d : public Module {
 public:
  FractionalMaxPool2d(Pair kernel, const FractionalPool2dOptions& options)
      : kernel_(kernel), options_(options) {}
  Tensor forward(const Tensor& x) override;
  /// And their places, for MaxUnpool2d.
  PooledMax forward_with_indices(const Tensor& x) const;

 private:
  Pair kernel_;
  FractionalPool2dOptions options_;
};

}  // namespace ct::nn
