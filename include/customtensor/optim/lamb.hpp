// LAMB: Adam's direction at a length in proportion to the parameter's.
#pragma once

#include "customtensor/optim/optimizer.hpp"

namespace ct::optim {

struct CT_API LambOptions {
  double lr = 1e-3;
  std::array<double, 2> betas = {0.9, 0.999};  ///< each in [0, 1)
  double eps = 1e-6;                           ///< >= 0
  double weight_decay = 0.01;                  ///< λ, >= 0
  bool maximize = false;                       ///< climbs instead
};

/// With gradient g, parameter p, moments m and v, step t:
///   m ← beta1 m + (1 - beta1) g
///   v ← beta2 v + (1 - beta2) g²
///   r = m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps) + λ p
///   p ← p - lr ‖p‖ / ‖r‖ r                  (lr r where one of the norms is 0)
/// The norms stay on the device.
///
/// Errors: ValueError for options out of range
/// Source: arXiv:1904.00962, algorithm 2
class CT_API LAMB : public OptimizerOf<LambOptions> {
 public:
  explicit LAMB(Tensors parameters, const LambOptions& options = {});
  explicit LAMB(std::vector<ParamGroup<LambOptions>> groups);

 protected:
  void hyper_parameters(LambOptions& options, const Visit& visit) const override;
  void check(const LambOptions& options) const override;
  States states(const LambOptions& options, const Shape& parameter) const override;
  void prepare(const LambOptions& options, Slots work) override;
  void update(const LambOptions& options, Slots work) override;
};

}  // namespace ct::optim
