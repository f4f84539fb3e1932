// NLLLoss: ct::nll_loss with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss.hpp"

namespace ct::nn {

/// -log_probs[target]. Shapes: log_probs (n, classes, …), targets (n, …) int64.
/// Source: torch.nn.NLLLoss
/// Errors: those of ct::nll_loss, at each call
class CT_API NLLLoss : public Module {
 public:
  explicit NLLLoss(const CrossEntropyOptions& options = {}) : options_(options) {}
  Tensor operator()(const Tensor& log_probs, const Tensor& targets) const;

 private:
  CrossEntropyOptions options_;
};

}  // namespace ct::nn
