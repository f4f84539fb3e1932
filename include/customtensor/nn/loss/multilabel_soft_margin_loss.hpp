// MultiLabelSoftMarginLoss: ct::multilabel_soft_margin_loss with its settings.
#pragma once

#include <utility>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss_classes.hpp"

namespace ct::nn {

/// Mean over the classes of weight times BCEWithLogitsLoss. Shapes: input (n, classes), target
/// alike. Source: torch.nn.MultiLabelSoftMarginLoss Errors: those of
/// ct::multilabel_soft_margin_loss, at each call
class CT_API MultiLabelSoftMarginLoss : public Module {
 public:
  explicit MultiLabelSoftMarginLoss(Tensor weight = {}, Reduction reduction = Reduction::mean)
      : weight_(std::move(weight)), reduction_(reduction) {}
  Tensor operator()(const Tensor& input, const Tensor& target) const;

 private:
  Tensor weight_;
  Reduction reduction_;
};

}  // namespace ct::nn
