// MultiMarginLoss: ct::multi_margin_loss with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss_classes.hpp"

namespace ct::nn {

/// Sum over other classes of max(0, margin - x_y + x_i)^p, over classes.
/// Shapes: input (n, classes), target (n) int64. Source: torch.nn.MultiMarginLoss
/// Errors: those of ct::multi_margin_loss, at each call
class CT_API MultiMarginLoss : public Module {
 public:
  explicit MultiMarginLoss(const MultiMarginOptions& options = {}) : options_(options) {}
  Tensor operator()(const Tensor& input, const Tensor& target) const;

 private:
  MultiMarginOptions options_;
};

}  // namespace ct::nn
