// RAdam: Adam that does not trust its second moment before it has seen enough.
#pragma once

#include "customtensor/optim/optimizer.hpp"

namespace ct::optim {

struct CT_API RAdamOptions {
  double lr = 1e-3;
  std::array<double, 2> betas = {0.9, 0.999};  ///< each in [0, 1)
  double eps = 1e-8;                           ///< >= 0
  double weight_decay = 0.0;                   ///< L2 penalty, >= 0
  bool decoupled_weight_decay = false;         ///< decays as AdamW does
  bool maximize = false;                       ///< climbs instead
};

/// With gradient g, parameter p, moments m and v, step t, and ρ∞ = 2 / (1 - beta2) - 1:
///   g ← g + weight_decay p                          (decoupled: p ← (1 - lr weight_decay) p)
///   m ← m + (1 - beta1) (g - m)
///   v ← beta2 v + (1 - beta2) g²
///   ρ = ρ∞ - 2 t beta2^t / (1 - beta2^t)
///   r = sqrt((ρ - 4) (ρ - 2) ρ∞ / ((ρ∞ - 4) (ρ∞ - 2) ρ))
///   p ← p - lr / (1 - beta1^t) m (ρ > 5 ? r sqrt(1 - beta2^t) / (sqrt(v) + eps) : 1)

/// Errors: ValueError for options out of range
/// Source: arXiv:1908.03265, torch.optim.RAdam
class CT_API RAdam : public ElementwiseOptimizer<RAdamOptions> {
 public:
  explicit RAdam(Tensors parameters, const RAdamOptions& options = {});
  explicit RAdam(std::vector<ParamGroup<RAdamOptions>> groups);

 protected:
  void hyper_parameters(RAdamOptions& options, const Visit& visit) const override;
  void check(const RAdamOptions& options) const override;
  States states(const RAdamOptions& options, const Shape& parameter) const override;
  const ProgramPtr& program(const RAdamOptions& options) const override;
  void scalars(const RAdamOptions& options, Turn& turn, std::span<Scalar> scalars) const override;
};

}  // namespace ct::optim
