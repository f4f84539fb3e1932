// ASGD: gradient descent that keeps the average of where it has been.
#pragma once

#include "customtensor/optim/optimizer.hpp"

namespace ct::optim {

struct CT_API AsgdOptions {
  double lr = 1e-2;
  double lambd = 1e-4;        ///< decay term, >= 0
  double alpha = 0.75;        ///< power of the falling rate
  double t0 = 1e6;            ///< the step at which averaging begins
  double weight_decay = 0.0;  ///< L2 penalty, >= 0
  bool maximize = false;      ///< climbs instead
};

/// With gradient g, parameter p, average a ("ax" of the state), step t, rate η (lr at first), µ (1
/// at first):
///   g ← g + weight_decay p
///   p ← (1 - lambd η) p - η g
///   a ← µ = 1 ? p : a + µ (p - a)
///   η ← lr / (1 + lambd lr t)^alpha,  µ ← 1 / max(1, t - t0)

/// Errors: ValueError for options out of range
/// Source: Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992;
///         torch.optim.ASGD
class CT_API ASGD : public ElementwiseOptimizer<AsgdOptions> {
 public:
  explicit ASGD(Tensors parameters, const AsgdOptions& options = {});
  explicit ASGD(std::vector<ParamGroup<AsgdOptions>> groups);

 protected:
  void hyper_parameters(AsgdOptions& options, const Visit& visit) const override;
  void check(const AsgdOptions& options) const override;
  States states(const AsgdOptions& options, const Shape& parameter) const override;
  const ProgramPtr& program(const AsgdOptions& options) const override;
  void scalars(const AsgdOptions& options, Turn& turn, std::span<Scalar> scalars) const override;
};

}  // namespace ct::optim
