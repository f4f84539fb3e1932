// TripletMarginWithDistanceLoss: ct::triplet_margin_with_distance_loss with its settings.
#pragma once

#include <utility>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/similarity.hpp"

namespace ct::nn {

/// TripletMarginLoss by any distance; an empty one is pairwise_distance.
/// Source: torch.nn.TripletMarginWithDistanceLoss
/// Errors: those of ct::triplet_margin_with_distance_loss, at each call
class CT_API TripletMarginWithDistanceLoss : public Module {
 public:
  explicit TripletMarginWithDistanceLoss(DistanceFunction distance = {},
                                         const TripletDistanceOptions& options = {})
      : distance_(std::move(distance)), options_(options) {}
  Tensor operator()(const Tensor& anchor, const Tensor& positive, const Tensor& negative) const;

 private:
  DistanceFunction distance_;
  TripletDistanceOptions options_;
};

}  // namespace ct::nn
