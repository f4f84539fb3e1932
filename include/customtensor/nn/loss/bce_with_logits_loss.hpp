// BCEWithLogitsLoss: ct::binary_cross_entropy_with_logits with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss_pointwise.hpp"

namespace ct::nn {

/// BCELoss of sigmoid(logits), without overflow. Source: torch.nn.BCEWithLogitsLoss
/// Errors: those of ct::binary_cross_entropy_with_logits, at each call
class CT_API BCEWithLogitsLoss : public Module {
 public:
  explicit BCEWithLogitsLoss(const BCEWithLogitsOptions& options = {}) : options_(options) {}
  Tensor operator()(const Tensor& logits, const Tensor& target) const;

 private:
  BCEWithLogitsOptions options_;
};

}  // namespace ct::nn
