// SmoothL1Loss: ct::smooth_l1_loss with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss_pointwise.hpp"

namespace ct::nn {

/// (input - target)² / (2 beta) below beta, else |input - target| - beta / 2.
/// Source: torch.nn.SmoothL1Loss
/// Errors: those of ct::smooth_l1_loss, at each call
class CT_API SmoothL1Loss : public Module {
 public:
  explicit SmoothL1Loss(Reduction reduction = Reduction::mean, double beta = 1.0)
      : reduction_(reduction), beta_(beta) {}
  Tensor operator()(const Tensor& input, const Tensor& target) const;

 private:
  Reduction reduction_;
  double beta_;
};

}  // namespace ct::nn
