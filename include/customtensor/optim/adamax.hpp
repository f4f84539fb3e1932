// Adamax: Adam with the largest gradient in place of the second moment.
#pragma once

#include "customtensor/optim/optimizer.hpp"

namespace ct::optim {

struct CT_API AdamaxOptions {
  double lr = 2e-3;
  std::array<double, 2> betas = {0.9, 0.999};  ///< each in [0, 1)
  double eps = 1e-8;                           ///< >= 0
  double weight_decay = 0.0;                   ///< L2 penalty, >= 0
  bool maximize = false;                       ///< climbs instead
};

/// With gradient g, parameter p, moment m, infinity norm u, step t:
///   g ← g + weight_decay p
///   m ← m + (1 - beta1) (g - m)
///   u ← max(beta2 u, |g| + eps)
///   p ← p - lr / (1 - beta1^t) m / u

/// Errors: ValueError for options out of range
/// Source: arXiv:1412.6980, torch.optim.Adamax
class CT_API Adamax : public ElementwiseOptimizer<AdamaxOptions> {
 public:
  explicit Adamax(Tensors parameters, const AdamaxOptions& options = {});
  explicit Adamax(std::vector<ParamGroup<AdamaxOptions>> groups);

 protected:
  void hyper_parameters(AdamaxOptions& options, const Visit& visit) const override;
  void check(const AdamaxOptions& options) const override;
  States states(const AdamaxOptions& options, const Shape& parameter) const override;
  const ProgramPtr& program(const AdamaxOptions& options) const override;
  void scalars(const AdamaxOptions& options, Turn& turn, std::span<Scalar> scalars) const override;
};

}  // namespace ct::optim
