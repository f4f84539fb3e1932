// Pooling layers: ct::max_pool2d and ct::avg_pool2d with their settings.
#pragma once

#include <concepts>
#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/conv.hpp"
#include "customtensor/ops/pool_indices.hpp"

namespace ct::nn {

/// y[i, j] = max of x over the window at (i, j). Shapes: (n, c, h, w) -> (n, c, oh, ow)
class CT_API MaxPool2d : public Module {
 public:
  explicit MaxPool2d(Pair kernel, const PoolOptions& options = {});
  /// {3, 2} alone is a kernel.
  template <std::integral T>
  explicit MaxPool2d(const T (&kernel)[2], const PoolOptions& options = {})
      : MaxPool2d(Pair(kernel[0], kernel[1]), options) {}
  /// In PyTorch's order: MaxPool2d(3, 2, 1).
  template <std::integral T>
  MaxPool2d(Pair kernel, T stride, Pair padding = 0, Pair dilation = 1)
      : MaxPool2d(kernel, PoolOptions{.stride = stride, .padding = padding, .dilation = dilation}) {
  }
  Tensor forward(const Tensor& x) override;
  /// And their places, for MaxUnpool2d.
  PooledMax forward_with_indices(const Tensor& x) const;

 private:
  Pair kernel_;
  PoolOptions options_;
};

/// y[i, j] = mean of x over the window at (i, j). Shapes: (n, c, h, w) -> (n, c, oh, ow)
class CT_API AvgPool2d : public Module {
 public:
  explicit AvgPool2d(Pair kernel, const PoolOptions& options = {});
  /// {3, 2} alone is a kernel.
  template <std::integral T>
  explicit AvgPool2d(const T (&kernel)[2], const PoolOptions& options = {})
      : AvgPool2d(Pair(kernel[0], kernel[1]), options) {}
  /// In PyTorch's order: AvgPool2d(3, 2, 1).
  template <std::integral T>
  AvgPool2d(Pair kernel, T stride, Pair padding = 0, bool ceil_mode = false,
            bool count_include_pad = true, int64_t divisor_override = 0)
      : AvgPool2d(kernel, PoolOptions{.stride = stride,
                                      .padding = padding,
                                      .ceil_mode = ceil_mode,
                                      .count_include_pad = count_include_pad,
                                      .divisor_override = divisor_override}) {}
  Tensor forward(const Tensor& x) override;

 private:
  Pair kernel_;
  PoolOptions options_;
};

}  // namespace ct::nn
