// TripletMarginLoss: ct::triplet_margin_loss with its settings.
#pragma once

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/similarity.hpp"

namespace ct::nn {

/// max(0, |anchor - positive| - |anchor - negative| + margin).
/// Shapes: all (n, d) or (d). Source: torch.nn.TripletMarginLoss
/// Errors: those of ct::triplet_margin_loss, at each call
class CT_API TripletMarginLoss : public Module {
 public:
  explicit TripletMarginLoss(const TripletMarginOptions& options = {}) : options_(options) {}
  Tensor operator()(const Tensor& anchor, const Tensor& positive, const Tensor& negative) const;

 private:
  TripletMarginOptions options_;
};

}  // namespace ct::nn
