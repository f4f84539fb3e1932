// AvgPool1d: ct::avg_pool1d with its settings.
#pragma once

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
  Tensor forward(const Tensor& x) override;

 private:
  int64_t kernel_;
  Pool1dOptions options_;
};

}  // namespace ct::nn
