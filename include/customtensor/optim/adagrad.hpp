// Adagrad: steps scaled by all gradients so far.
#pragma once

#include "customtensor/optim/optimizer.hpp"

namespace ct::optim {

struct CT_API AdagradOptions {
  double lr = 1e-2;
  double lr_decay = 0.0;                   ///< >= 0
  double weight_decay = 0.0;               ///< L2 penalty, >= 0
  double initial_accumulator_value = 0.0;  ///< of s, >= 0
  double eps = 1e-10;                      ///< >= 0
  bool maximize = false;                   ///< climbs instead
};

/// With gradient g, parameter p, sum of squares s, step t:
///   g ← g + weight_decay p
///   s ← s + g²
///   p ← p - lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps)

/// Errors: ValueError for options out of range
/// Source: Duchi et al., "Adaptive subgradient methods for online learning and stochastic
/// optimization",
///         JMLR 12, 2011; torch.optim.Adagrad
class CT_API Adagrad : public ElementwiseOptimizer<AdagradOptions> {
 public:
  explicit Adagrad(Tensors parameters, const AdagradOptions& options = {});
  explicit Adagrad(std::vector<ParamGroup<AdagradOptions>> groups);

 protected:
  void hyper_parameters(AdagradOptions& options, const Visit& visit) const override;
  void check(const AdagradOptions& options) const override;
  States states(const AdagradOptions& options, const Shape& parameter) const override;
  const ProgramPtr& program(const AdagradOptions& options) const override;
  void scalars(const AdagradOptions& options, Turn& turn, std::span<Scalar> scalars) const override;
};

}  // namespace ct::optim
