// KLDivLoss: ct::kl_div with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss_pointwise.hpp"

namespace ct::nn {

/// target (log(target) - input), where input holds logarithms. Source: torch.nn.KLDivLoss
/// Errors: those of ct::kl_div, at each call
class CT_API KLDivLoss : public Module {
 public:
  explicit KLDivLoss(const KLDivOptions& options = {}) : options_(options) {}
  Tensor operator()(const Tensor& input, const Tensor& target) const;

 private:
  KLDivOptions options_;
};

}  // namespace ct::nn
