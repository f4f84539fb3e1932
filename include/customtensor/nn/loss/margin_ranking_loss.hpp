// MarginRankingLoss: ct::margin_ranking_loss with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/loss_pointwise.hpp"

namespace ct::nn {

/// max(0, margin - target (input1 - input2)). Source: torch.nn.MarginRankingLoss
/// Errors: those of ct::margin_ranking_loss, at each call
class CT_API MarginRankingLoss : public Module {
 public:
  explicit MarginRankingLoss(double margin = 0.0, Reduction reduction = Reduction::mean)
      : margin_(margin), reduction_(reduction) {}
  Tensor operator()(const Tensor& input1, const Tensor& input2, const Tensor& target) const;

 private:
  double margin_;
  Reduction reduction_;
};

}  // namespace ct::nn
