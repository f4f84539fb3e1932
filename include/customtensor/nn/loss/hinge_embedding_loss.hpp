// HingeEmbeddingLoss: ct::hinge_embedding_loss with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss_pointwise.hpp"

namespace ct::nn {

/// input where target is 1, max(0, margin - input) where it is -1.
/// Source: torch.nn.HingeEmbeddingLoss
/// Errors: those of ct::hinge_embedding_loss, at each call
class CT_API HingeEmbeddingLoss : public Module {
 public:
  explicit HingeEmbeddingLoss(double margin = 1.0, Reduction reduction = Reduction::mean)
      : margin_(margin), reduction_(reduction) {}
  Tensor operator()(const Tensor& input, const Tensor& target) const;

 private:
  double margin_;
  Reduction reduction_;
};

}  // namespace ct::nn
