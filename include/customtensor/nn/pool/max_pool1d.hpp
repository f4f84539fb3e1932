// MaxPool1d: ct::max_pool1d with its settings.
#pragma once

#include <concepts>
#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/pool_indices.hpp"

namespace ct::nn {

/// y[i] = max of x over the window at i. Shapes: (n, c, l) -> (n, c, ol)
/// Errors: those of ct::max_pool1d, at each call
/// Source: torch.nn.MaxPool1d
class CT_API MaxPool1d : public Module {
 public:
  explicit MaxPool1d(int64_t kernel, const Pool1dOptions& options = {})
      : kernel_(kernel), options_(options) {}
  /// In PyTorch's order: MaxPool1d(3, 2, 1).
  template <std::integral T>
  MaxPool1d(int64_t kernel, T stride, int64_t padding = 0, int64_t dilation = 1)
      : MaxPool1d(kernel, Pool1dOptions{.stride = ct::detail::to_int64(stride),
                                        .padding = padding,
                                        .dilation = dilation}) {}
  Tensor forward(const Tensor& x) override;
  /// And their places, for MaxUnpool1d.
  PooledMax forward_with_indices(const Tensor& x) const;

 private:
  int64_t kernel_;
  Pool1dOptions options_;
};

}  // namespace ct::nn
