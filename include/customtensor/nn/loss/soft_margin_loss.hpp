// SoftMarginLoss: ct::soft_margin_loss with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss_pointwise.hpp"

namespace ct::nn {

/// log(1 + exp(-target input)), targets 1 and -1. Source: torch.nn.SoftMarginLoss
/// Errors: those of ct::soft_margin_loss, at each call
class CT_API SoftMarginLoss : public Module {
 public:
  explicit SoftMarginLoss(Reduction reduction = Reduction::mean) : reduction_(reduction) {}
  Tensor operator()(const Tensor& input, const Tensor& target) const;

 private:
  Reduction reduction_;
};

}  // namespace ct::nn
