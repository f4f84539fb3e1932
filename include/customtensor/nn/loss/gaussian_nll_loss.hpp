// GaussianNLLLoss: ct::gaussian_nll_loss with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss_pointwise.hpp"

namespace ct::nn {

/// (log(var) + (input - target)² / var) / 2. Source: torch.nn.GaussianNLLLoss
/// Errors: those of ct::gaussian_nll_loss, at each call
class CT_API GaussianNLLLoss : public Module {
 public:
  explicit GaussianNLLLoss(const GaussianNLLOptions& options = {}) : options_(options) {}
  Tensor operator()(const Tensor& input, const Tensor& target, const Tensor& var) const;

 private:
  GaussianNLLOptions options_;
};

}  // namespace ct::nn
