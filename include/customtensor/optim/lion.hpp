// Lion: the sign of a momentum.
#pragma once

#include "customtensor/optim/optimizer.hpp"

namespace ct::optim {

struct CT_API LionOptions {
  double lr = 1e-4;
  std::array<double, 2> betas = {0.9, 0.99};  ///< each in [0, 1)
  double weight_decay = 0.0;                  ///< decoupled, >= 0
  bool maximize = false;                      ///< climbs instead
};

/// With gradient g, parameter p, momentum m:
///   c = beta1 m + (1 - beta1) g
///   p ← (1 - lr weight_decay) p - lr sign(c)
///   m ← beta2 m + (1 - beta2) g

/// Errors: ValueError for options out of range
/// Source: arXiv:2302.06675, algorithm 2
class CT_API Lion : public ElementwiseOptimizer<LionOptions> {
 public:
  explicit Lion(Tensors parameters, const LionOptions& options = {});
  explicit Lion(std::vector<ParamGroup<LionOptions>> groups);

 protected:
  void hyper_parameters(LionOptions& options, const Visit& visit) const override;
  void check(const LionOptions& options) const override;
  States states(const LionOptions& options, const Shape& parameter) const override;
  const ProgramPtr& program(const LionOptions& options) const override;
  void scalars(const LionOptions& options, Turn& turn, std::span<Scalar> scalars) const override;
};

}  // namespace ct::optim
