// SigmoidFocalLoss: ct::sigmoid_focal_loss with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss_pointwise.hpp"

namespace ct::nn {

/// alpha_t (1 - p_t)^gamma times BCEWithLogitsLoss. Source: arXiv:1708.02002
/// Errors: those of ct::sigmoid_focal_loss, at each call
class CT_API SigmoidFocalLoss : public Module {
 public:
  explicit SigmoidFocalLoss(const FocalOptions& options = {}) : options_(options) {}
  Tensor operator()(const Tensor& logits, const Tensor& target) const;

 private:
  FocalOptions options_;
};

}  // namespace ct::nn
