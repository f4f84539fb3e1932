// AvgPool1d: ct::avg_pool1d with its settings.
#pragma once

#include <concepts>
#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/pool_axes.hpp"

namespace ct::nn {

/// y[i] = mean of x over the window at i. Shapes: (n, c, l) -> (n, c, ol)
/// Errors: those of ct::avg_pool1d, at each call
/// Source: torch.nn.AvgPool1d
class CT_API AvgPool1d : public Module {
 public:
  explicit AvgPool1d(int64_t kernel, const Pool1dOptions& options = {})
      : kernel_(kernel), options_(options) {}
  /// In PyTorch's order: AvgPool1d(3, 2, 1).
  template <std::integral T>
  AvgPool1d(int64_t kernel, T stride, int64_t padding = 0, bool ceil_mode = false,
            bool count_include_pad = true)
      : AvgPool1d(kernel, Pool1dOptions{.stride = ct::detail::to_int64(stride),
                                        .padding = padding,
                                        .ceil_mode = ceil_mode,
                                        .count_include_pad = count_include_pad}) {}
  Tensor forward(const Tensor& x) override;

 private:
  int64_t kernel_;
  Pool1dOptions options_;
};

}  // namespace ct::nn
