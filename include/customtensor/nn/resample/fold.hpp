// Fold: ct::fold with its settings.
// It has no state.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/resample.hpp"

namespace ct::nn {

/// Shapes: (n, c kh kw, windows) -> (n, c, h, w). Source: torch.nn.Fold
class CT_API Fold : public Module {
 public:
  explicit Fold(Pair output_size, Pair kernel_size, const UnfoldOptions& options = {});
  explicit Fold(Pair output_size, Pair kernel_size, Pair dilation, Pair padding = 0,
                Pair stride = 1);
  Tensor forward(const Tensor& x) override;

 private:
  Pair output_size_, kernel_size_;
  UnfoldOptions options_;
};

}  // namespace ct::nn
