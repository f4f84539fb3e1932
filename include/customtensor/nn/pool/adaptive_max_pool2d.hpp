// AdaptiveMaxPool2d: ct::adaptive_max_pool2d with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/pool_indices.hpp"

namespace ct::nn {

/// The largest of as many windows as `size` says. Shapes: (n, c, h, w) -> (n, c, size)
/// Errors: those of ct::adaptive_max_pool2d, at each call
/// Source: torch.nn.AdaptiveMaxPool2d
class CT_API AdaptiveMaxPool2d : public Module {
 public:
  explicit AdaptiveMaxPool2d(Pair size) : size_(size) {}
  Tensor forward(const Tensor& x) override;
  /// And their places.
  PooledMax forward_with_indices(const Tensor& x) const;

 private:
  Pair size_;
};

}  // namespace ct::nn
