// DiceLoss: ct::dice_loss with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss_classes.hpp"

namespace ct::nn {

/// 1 - (2 sum(input target) + smooth) / (sum(input) + sum(target) + smooth).
/// Shapes: input (n, classes, …) probabilities, target alike. Source: arXiv:1606.04797
/// Errors: those of ct::dice_loss, at each call
class CT_API DiceLoss : public Module {
 public:
  explicit DiceLoss(const DiceOptions& options = {}) : options_(options) {}
  Tensor operator()(const Tensor& input, const Tensor& target) const;

 private:
  DiceOptions options_;
};

}  // namespace ct::nn
