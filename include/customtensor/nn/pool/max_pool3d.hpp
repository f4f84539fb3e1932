// MaxPool3d: ct::max_pool3d with its settings.
#pragma once

#include <concepts>
#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/pool_indices.hpp"

namespace ct::nn {

/// y[i, j, k] = max of x over the window there. Shapes: (n, c, d, h, w) -> (n, c, od, oh, ow)
/// Errors: those of ct::max_pool3d, at each call
/// Source: torch.nn.MaxPool3d
class CT_API MaxPool3d : public Module {
 public:
  explicit MaxPool3d(Triple kernel, const PoolOptions3d& options = {})
      : kernel_(kernel), options_(options) {}
  /// {3, 2, 2} alone is a kernel.
  template <std::integral T>
  explicit MaxPool3d(const T (&kernel)[3], const PoolOptions3d& options = {})
      : MaxPool3d(Triple(kernel[0], kernel[1], kernel[2]), options) {}
  /// In PyTorch's order: MaxPool3d(3, 2, 1).
  template <std::integral T>
  MaxPool3d(Triple kernel, T stride, Triple padding = 0, Triple dilation = 1)
      : MaxPool3d(kernel,
                  PoolOptions3d{.stride = stride, .padding = padding, .dilation = dilation}) {}
  Tensor forward(const Tensor& x) override;
  /// And their places, for MaxUnpool3d.
  PooledMax forward_with_indices(const Tensor& x) const;

 private:
  Triple kernel_;
  PoolOptions3d options_;
};

}  // namespace ct::nn
