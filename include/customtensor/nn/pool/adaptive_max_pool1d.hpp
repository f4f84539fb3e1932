// AdaptiveMaxPool1d: ct::adaptive_max_pool1d with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/pool_indices.hpp"

namespace ct::nn {

/// The largest of as many windows as `size` says. Shapes: (n, c, l) -> (n, c, size)
/// Errors: those of ct::adaptive_max_pool1d, at each call
/// Source: torch.nn.AdaptiveMaxPool1d
class CT_API AdaptiveMaxPool1d : public Module {
 public:
  explicit AdaptiveMaxPool1d(int64_t size) : size_(size) {}
  Tensor forward(const Tensor& x) override;
  /// And their places.
  PooledMax forward_with_indices(const Tensor& x) const;

 private:
  int64_t size_;
};

}  // namespace ct::nn
