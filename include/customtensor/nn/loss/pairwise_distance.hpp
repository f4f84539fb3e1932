// PairwiseDistance: ct::pairwise_distance with its settings.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/similarity.hpp"

namespace ct::nn {

/// The norm of order p of x1 - x2 + eps along the last axis. Source: torch.nn.PairwiseDistance
/// Errors: those of ct::pairwise_distance, at each call
class CT_API PairwiseDistance : public Module {
 public:
  explicit PairwiseDistance(double p = 2.0, double eps = 1e-6, bool keepdim = false)
      : p_(p), eps_(eps), keepdim_(keepdim) {}
  Tensor operator()(const Tensor& x1, const Tensor& x2) const;

 private:
  double p_, eps_;
  bool keepdim_;
};

}  // namespace ct::nn
