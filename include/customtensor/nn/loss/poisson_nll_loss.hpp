// PoissonNLLLoss: ct::poisson_nll_loss with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss_pointwise.hpp"

namespace ct::nn {

/// exp(input) - target input. Source: torch.nn.PoissonNLLLoss
/// Errors: those of ct::poisson_nll_loss, at each call
class CT_API PoissonNLLLoss : public Module {
 public:
  explicit PoissonNLLLoss(const PoissonNLLOptions& options = {}) : options_(options) {}
  Tensor operator()(const Tensor& input, const Tensor& target) const;

 private:
  PoissonNLLOptions options_;
};

}  // namespace ct::nn
