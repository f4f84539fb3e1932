// AdamW: Adam with weight decay of its own.
#pragma once

#include "customtensor/optim/optimizer.hpp"

namespace ct::optim {

struct CT_API AdamWOptions {
  double lr = 1e-3;
  std::array<double, 2> betas = {0.9, 0.999};  ///< each in [0, 1)
  double eps = 1e-8;                           ///< >= 0
  double weight_decay = 1e-2;                  ///< decoupled, >= 0
  bool amsgrad = false;                        ///< as in Adam
  bool maximize = false;                       ///< climbs instead
};

/// Adam with the decay taken from the parameter itself: p ← (1 - lr weight_decay) p, then Adam's
/// step without weight decay.

/// Errors: ValueError for options out of range
/// Source: arXiv:1711.05101, torch.optim.AdamW
class CT_API AdamW : public ElementwiseOptimizer<AdamWOptions> {
 public:
  explicit AdamW(Tensors parameters, const AdamWOptions& options = {});
  explicit AdamW(std::vector<ParamGroup<AdamWOptions>> groups);

 protected:
  void hyper_parameters(AdamWOptions& options, const Visit& visit) const override;
  void check(const AdamWOptions& options) const override;
  States states(const AdamWOptions& options, const Shape& parameter) const override;
  const ProgramPtr& program(const AdamWOptions& options) const override;
  void scalars(const AdamWOptions& options, Turn& turn, std::span<Scalar> scalars) const override;
};

}  // namespace ct::optim
