// AdaptiveAvgPool3d: ct::adaptive_avg_pool3d with its settings.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/pool_axes.hpp"

namespace ct::nn {

/// Means of `size` windows. Shapes: (n, c, d, h, w) -> (n, c, *size)
/// Errors: those of ct::adaptive_avg_pool3d, at each call
/// Source: torch.nn.AdaptiveAvgPool3d
class CT_API AdaptiveAvgPool3d : public Module {
 public:
  explicit AdaptiveAvgPool3d(const Dims& size) : size_(size) {}
  Tensor forward(const Tensor& x) override;

 private:
  Dims size_;
};

}  // namespace ct::nn
