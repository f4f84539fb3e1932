// CrossEntropyLoss: ct::cross_entropy with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss.hpp"

namespace ct::nn {

/// -log softmax(logits)[target], or -sum(target log softmax(logits)).
/// Shapes: logits (n, classes, …), targets (n, …) int64, or probabilities of logits' shape
/// Source: torch.nn.CrossEntropyLoss
/// Errors: those of ct::cross_entropy, at each call
class CT_API CrossEntropyLoss : public Module {
 public:
  explicit CrossEntropyLoss(const CrossEntropyOptions& options = {}) : options_(options) {}
  Tensor operator()(const Tensor& logits, const Tensor& targets) const;

 private:
  CrossEntropyOptions options_;
};

}  // namespace ct::nn
