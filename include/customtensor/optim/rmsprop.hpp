// RMSprop: steps scaled by the running size of the gradient.
#pragma once

#include "customtensor/optim/optimizer.hpp"

namespace ct::optim {

struct CT_API RmspropOptions {
  double lr = 1e-2;
  double alpha = 0.99;        ///< smoothing, in [0, 1)
  double eps = 1e-8;          ///< >= 0
  double weight_decay = 0.0;  ///< L2 penalty, >= 0
  double momentum = 0.0;      ///< >= 0
  bool centered = false;      ///< divides by the deviation, not by the size
  bool maximize = false;      ///< climbs instead
};

/// With gradient g, parameter p, mean square v, mean a and momentum buffer b:
///   g ← g + weight_decay p
///   v ← alpha v + (1 - alpha) g²
///   a ← a + (1 - alpha) (g - a)
///   d ← centered ? v - a² : v
///   b ← momentum b + g / (sqrt(d) + eps)
///   p ← p - lr b

/// Errors: ValueError for options out of range
/// Source: Hinton, "Neural networks for machine learning", lecture 6; arXiv:1308.0850 (centered);
///         torch.optim.RMSprop
class CT_API RMSprop : public ElementwiseOptimizer<RmspropOptions> {
 public:
  explicit RMSprop(Tensors parameters, const RmspropOptions& options = {});
  explicit RMSprop(std::vector<ParamGroup<RmspropOptions>> groups);

 protected:
  void hyper_parameters(RmspropOptions& options, const Visit& visit) const override;
  void check(const RmspropOptions& options) const override;
  States states(const RmspropOptions& options, const Shape& parameter) const override;
  const ProgramPtr& program(const RmspropOptions& options) const override;
  void scalars(const RmspropOptions& options, Turn& turn, std::span<Scalar> scalars) const override;
};

}  // namespace ct::optim
