// FocalLoss: ct::focal_loss with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss_classes.hpp"

namespace ct::nn {

/// -(1 - p_y)^gamma log(p_y), p = softmax(logits). Shapes: logits (n, classes, …), targets (n, …).
/// Source: arXiv:1708.02002
/// Errors: those of ct::focal_loss, at each call
class CT_API FocalLoss : public Module {
 public:
  explicit FocalLoss(const ClassFocalOptions& options = {}) : options_(options) {}
  Tensor operator()(const Tensor& logits, const Tensor& targets) const;

 private:
  ClassFocalOptions options_;
};

}  // namespace ct::nn
