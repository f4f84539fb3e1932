// MultiLabelMarginLoss: ct::multilabel_margin_loss with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss_classes.hpp"

namespace ct::nn {

/// Sum over targets y and other classes i of max(0, 1 - (x_y - x_i)), over classes.
/// Shapes: input (n, classes), target alike, int64, rows end with -1.
/// Source: torch.nn.MultiLabelMarginLoss
/// Errors: those of ct::multilabel_margin_loss, at each call
class CT_API MultiLabelMarginLoss : public Module {
 public:
  explicit MultiLabelMarginLoss(Reduction reduction = Reduction::mean) : reduction_(reduction) {}
  Tensor operator()(const Tensor& input, const Tensor& target) const;

 private:
  Reduction reduction_;
};

}  // namespace ct::nn
