// RMSprop: steps scaled by the running size of the gradient.
#pragma once

#include "customtensor/optim/optimizer.hpp"

namespace ct::optim {

struct RmspropOptions {
  double lr = 1e-2;
  double alpha = 0.99;        ///< smoothing, in [0, 1)
  double eps = 1e-8;          ///< >= 0
  double weight_decay = 0.0;  ///< L2 penalty, >= 0
  double momentum = 0.0;      ///< >= 0
};

/// With gradient g, parameter p, mean square v and momentum buffer b:
///   g ← g + weight_decay p
///   v ← alpha v + (1 - alpha) g²
///   b ← momentum b + g / (sqrt(v) + eps)
///   p ← p - lr b
///
/// Errors: ValueError for options out of range
/// Source: Hinton, "Neural networks for machine learning", lecture 6; torch.optim.RMSprop
class CT_API RMSprop : public Optimizer {
 public:
  explicit RMSprop(Tensors parameters, const RmspropOptions& options = {});

 protected:
  const ProgramPtr& program() const override;
  void scalars(int64_t step, std::span<Scalar> scalars) const override;
  void hyper_parameters(const Visit& visit) override;

 private:
  RmspropOptions options_;
  bool has_buffer_;
};

}  // namespace ct::optim
