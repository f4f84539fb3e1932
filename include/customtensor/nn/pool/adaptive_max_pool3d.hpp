// AdaptiveMaxPool3d: ct::adaptive_max_pool3d with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/pool_indices.hpp"

namespace ct::nn {

/// The largest of as many windows as `size` says. Shapes: (n, c, d, h, w) -> (n, c, size)
/// Errors: those of ct::adaptive_max_pool3d, at each call
/// Source: torch.nn.AdaptiveMaxPool3d
class CT_API AdaptiveMaxPool3d : public Module {
 public:
  explicit AdaptiveMaxPool3d(Triple size) : size_(size) {}
  Tensor forward(const Tensor& x) override;
  /// And their places.
  PooledMax forward_with_indices(const Tensor& x) const;

 private:
  Triple size_;
};

}  // namespace ct::nn
