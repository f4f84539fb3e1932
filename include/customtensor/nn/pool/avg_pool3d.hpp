// AvgPool3d: ct::avg_pool3d with its settings.
#pragma once

#include <concepts>
#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/pool3d.hpp"

namespace ct::nn {

/// y[i, j, k] = mean of x over the window there. Shapes: (n, c, d, h, w) -> (n, c, od, oh, ow)
/// Errors: those of ct::avg_pool3d, at each call
/// Source: torch.nn.AvgPool3d
class CT_API AvgPool3d : public Module {
 public:
  explicit AvgPool3d(Triple kernel, const PoolOptions3d& options = {})
      : kernel_(kernel), options_(options) {}
  /// {3, 2, 2} alone is a kernel.
  template <std::integral T>
  explicit AvgPool3d(const T (&kernel)[3], const PoolOptions3d& options = {})
      : AvgPool3d(Triple(kernel[0], kernel[1], kernel[2]), options) {}
  /// In PyTorch's order: AvgPool3d(3, 2, 1).
  template <std::integral T>
  AvgPool3d(Triple kernel, T stride, Triple padding = 0, bool ceil_mode = false,
            bool count_include_pad = true, int64_t divisor_override = 0)
      : AvgPool3d(kernel, PoolOptions3d{.stride = stride,
                                        .padding = padding,
                                        .ceil_mode = ceil_mode,
                                        .count_include_pad = count_include_pad,
                                        .divisor_override = divisor_override}) {}
  Tensor forward(const Tensor& x) override;

 private:
  Triple kernel_;
  PoolOptions3d options_;
};

}  // namespace ct::nn
