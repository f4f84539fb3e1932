// AdaptiveAvgPool1d: ct::adaptive_avg_pool1d with its settings.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/pool_axes.hpp"

namespace ct::nn {

/// Means of `size` windows. Shapes: (n, c, l) -> (n, c, size)
/// Errors: those of ct::adaptive_avg_pool1d, at each call
/// Source: torch.nn.AdaptiveAvgPool1d
class CT_API AdaptiveAvgPool1d : public Module {
 public:
  explicit AdaptiveAvgPool1d(int64_t size) : size_(size) {}
  Tensor forward(const Tensor& x) override;

 private:
  int64_t size_;
};

}  // namespace ct::nn
