// AdaptiveAvgPool2d: ct::adaptive_avg_pool2d with its settings.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/pool_axes.hpp"

namespace ct::nn {

/// Means of `size` windows. Shapes: (n, c, h, w) -> (n, c, *size)
/// Errors: those of ct::adaptive_avg_pool2d, at each call
/// Source: torch.nn.AdaptiveAvgPool2d
class CT_API AdaptiveAvgPool2d : public Module {
 public:
  explicit AdaptiveAvgPool2d(Pair size) : size_(size) {}
  Tensor forward(const Tensor& x) override;

 private:
  Pair size_;
};

}  // namespace ct::nn
