// Adadelta: steps in the units of the parameter, scaled by how far it moved before.
#pragma once

#include "customtensor/optim/optimizer.hpp"

namespace ct::optim {

struct CT_API AdadeltaOptions {
  double lr = 1.0;
  double rho = 0.9;           ///< smoothing, in [0, 1]
  double eps = 1e-6;          ///< >= 0
  double weight_decay = 0.0;  ///< L2 penalty, >= 0
  bool maximize = false;      ///< climbs instead
};

/// With gradient g, parameter p, mean squares v of gradients and u of changes:
///   g ← g + weight_decay p
///   v ← rho v + (1 - rho) g²
///   d = sqrt(u + eps) / sqrt(v + eps) g
///   u ← rho u + (1 - rho) d²
///   p ← p - lr d

/// Errors: ValueError for options out of range
/// Source: arXiv:1212.5701, torch.optim.Adadelta
class CT_API Adadelta : public ElementwiseOptimizer<AdadeltaOptions> {
 public:
  explicit Adadelta(Tensors parameters, const AdadeltaOptions& options = {});
  explicit Adadelta(std::vector<ParamGroup<AdadeltaOptions>> groups);

 protected:
  void hyper_parameters(AdadeltaOptions& options, const Visit& visit) const override;
  void check(const AdadeltaOptions& options) const override;
  States states(const AdadeltaOptions& options, const Shape& parameter) const override;
  const ProgramPtr& program(const AdadeltaOptions& options) const override;
  void scalars(const AdadeltaOptions& options, Turn& turn,
               std::span<Scalar> scalars) const override;
};

}  // namespace ct::optim
