// FractionalMaxPool3d: ct::fractional_max_pool3d with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/pool_indices.hpp"

namespace ct::nn {

/// The largest of windows at random distances. Shapes: (n, c, d, h, w) -> (n, c, od, oh, ow)
/// Errors: those of ct::fractional_max_pool3d, at each call
/// Source: torch.nn.FractionalMaxPool3d
class CT_API FractionalMaxPool3d : public Module {
 public:
  FractionalMaxPool3d(Triple kernel, const FractionalPool3dOptions& options)
      : kernel_(kernel), options_(options) {}
  Tensor forward(const Tensor& x) override;
  /// And their places, for MaxUnpool3d.
  PooledMax forward_with_indices(const Tensor& x) const;

 private:
  Triple kernel_;
  FractionalPool3dOptions options_;
};

}  // namespace ct::nn
