// Unfold: ct::unfold with its settings.
// It has no state.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/resample.hpp"

namespace ct::nn {

/// Shapes: (n, c, h, w) -> (n, c kh kw, windows). Source: torch.nn.Unfold
class CT_API Unfold : public Module {
 public:
  explicit Unfold(Pair kernel_size, const UnfoldOptions& options = {});
  explicit Unfold(Pair kernel_size, Pair dilation, Pair padding = 0, Pair stride = 1);
  Tensor forward(const Tensor& x) override;

 private:
  Pair kernel_size_;
  UnfoldOptions options_;
};

}  // namespace ct::nn
