// NAdam: Adam with the momentum of the step to come.
#pragma once

#include "customtensor/optim/optimizer.hpp"

namespace ct::optim {

struct CT_API NAdamOptions {
  double lr = 2e-3;
  std::array<double, 2> betas = {0.9, 0.999};  ///< each in [0, 1)
  double eps = 1e-8;                           ///< >= 0
  double weight_decay = 0.0;                   ///< L2 penalty, >= 0
  double momentum_decay = 4e-3;                ///< ψ, >= 0
  bool decoupled_weight_decay = false;         ///< decays as AdamW does
  bool maximize = false;                       ///< climbs instead
};

/// With gradient g, parameter p, moments m and v, step t:
///   g ← g + weight_decay p                          (decoupled: p ← (1 - lr weight_decay) p)
///   µ_t = beta1 (1 - 0.96^(t ψ) / 2), M_t = µ_1 … µ_t
///   m ← m + (1 - beta1) (g - m)
///   v ← beta2 v + (1 - beta2) g²
///   p ← p - lr ((1 - µ_t) / (1 - M_t) g + µ_{t+1} / (1 - M_{t+1}) m) / (sqrt(v / (1 - beta2^t)) +
///   eps)

/// Errors: ValueError for options out of range
/// Source: Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop 2016;
/// torch.optim.NAdam
class CT_API NAdam : public ElementwiseOptimizer<NAdamOptions> {
 public:
  explicit NAdam(Tensors parameters, const NAdamOptions& options = {});
  explicit NAdam(std::vector<ParamGroup<NAdamOptions>> groups);

 protected:
  void hyper_parameters(NAdamOptions& options, const Visit& visit) const override;
  void check(const NAdamOptions& options) const override;
  States states(const NAdamOptions& options, const Shape& parameter) const override;
  const ProgramPtr& program(const NAdamOptions& options) const override;
  void scalars(const NAdamOptions& options, Turn& turn, std::span<Scalar> scalars) const override;
};

}  // namespace ct::optim
