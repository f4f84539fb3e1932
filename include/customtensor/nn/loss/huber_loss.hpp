// HuberLoss: ct::huber_loss with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss_pointwise.hpp"

namespace ct::nn {

/// (input - target)² / 2 up to delta, else delta (|input - target| - delta / 2).
/// Source: torch.nn.HuberLoss
/// Errors: those of ct::huber_loss, at each call
class CT_API HuberLoss : public Module {
 public:
  explicit HuberLoss(Reduction reduction = Reduction::mean, double delta = 1.0)
      : reduction_(reduction), delta_(delta) {}
  Tensor operator()(const Tensor& input, const Tensor& target) const;

 private:
  Reduction reduction_;
  double delta_;
};

}  // namespace ct::nn
