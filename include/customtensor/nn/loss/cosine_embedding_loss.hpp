// CosineEmbeddingLoss: ct::cosine_embedding_loss with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/similarity.hpp"

namespace ct::nn {

/// 1 - cos(x1, x2) where target is 1, max(0, cos(x1, x2) - margin) where it is -1.
/// Shapes: x1, x2 (n, d), target (n). Source: torch.nn.CosineEmbeddingLoss
/// Errors: those of ct::cosine_embedding_loss, at each call
class CT_API CosineEmbeddingLoss : public Module {
 public:
  explicit CosineEmbeddingLoss(double margin = 0.0, Reduction reduction = Reduction::mean)
      : margin_(margin), reduction_(reduction) {}
  Tensor operator()(const Tensor& x1, const Tensor& x2, const Tensor& target) const;

 private:
  double margin_;
  Reduction reduction_;
};

}  // namespace ct::nn
