// Adam: steps scaled by running moments of the gradient.
#pragma once

#include "customtensor/optim/optimizer.hpp"

namespace ct::optim {

struct CT_API AdamOptions {
  double lr = 1e-3;
  std::array<double, 2> betas = {0.9, 0.999};  ///< each in [0, 1)
  double eps = 1e-8;                           ///< >= 0
  double weight_decay = 0.0;                   ///< L2 penalty, >= 0
  bool amsgrad = false;                        ///< divides by the largest v so far
  bool maximize = false;                       ///< climbs instead
  bool decoupled_weight_decay = false;         ///< decays as AdamW does
};

/// With gradient g, parameter p, moments m and v, step t:
///   g ← g + weight_decay p
///   m ← beta1 m + (1 - beta1) g
///   v ← beta2 v + (1 - beta2) g²
///   w ← amsgrad ? max(w, v) : v
///   p ← p - lr / (1 - beta1^t) m / (sqrt(w / (1 - beta2^t)) + eps)

/// Errors: ValueError for options out of range
/// Source: arXiv:1412.6980, arXiv:1904.09237 (amsgrad), torch.optim.Adam
class CT_API Adam : public ElementwiseOptimizer<AdamOptions> {
 public:
  explicit Adam(Tensors parameters, const AdamOptions& options = {});
  explicit Adam(std::vector<ParamGroup<AdamOptions>> groups);

 protected:
  void hyper_parameters(AdamOptions& options, const Visit& visit) const override;
  void check(const AdamOptions& options) const override;
  States states(const AdamOptions& options, const Shape& parameter) const override;
  const ProgramPtr& program(const AdamOptions& options) const override;
  void scalars(const AdamOptions& options, Turn& turn, std::span<Scalar> scalars) const override;
};

}  // namespace ct::optim
