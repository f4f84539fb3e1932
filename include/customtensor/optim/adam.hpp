// Adam and AdamW: steps scaled by running moments of the gradient.
#pragma once

#include <array>

#include "customtensor/optim/optimizer.hpp"

namespace ct::optim {

struct AdamOptions {
  double lr = 1e-3;
  std::array<double, 2> betas = {0.9, 0.999};  ///< each in [0, 1)
  double eps = 1e-8;                           ///< >= 0
  double weight_decay = 0.0;                   ///< L2 penalty, >= 0
};

/// With gradient g, parameter p, moments m and v, step t:
///   g ← g + weight_decay p
///   m ← beta1 m + (1 - beta1) g
///   v ← beta2 v + (1 - beta2) g²
///   p ← p - lr / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + eps)
///
/// Errors: ValueError for options out of range
/// Source: arXiv:1412.6980, torch.optim.Adam
class CT_API Adam : public Optimizer {
 public:
  explicit Adam(Tensors parameters, const AdamOptions& options = {});

 protected:
  const ProgramPtr& program() const override;
  void scalars(int64_t step, std::span<Scalar> scalars) const override;
  void hyper_parameters(const Visit& visit) override;

 private:
  AdamOptions options_;
};

struct AdamWOptions {
  double lr = 1e-3;
  std::array<double, 2> betas = {0.9, 0.999};  ///< each in [0, 1)
  double eps = 1e-8;                           ///< >= 0
  double weight_decay = 1e-2;                  ///< decoupled, >= 0
};

/// Adam with the decay taken from the parameter itself: p ← (1 - lr weight_decay) p, then Adam's
/// step without weight decay.
///
/// Errors: ValueError for options out of range
/// Source: arXiv:1711.05101, torch.optim.AdamW
class CT_API AdamW : public Optimizer {
 public:
  explicit AdamW(Tensors parameters, const AdamWOptions& options = {});

 protected:
  const ProgramPtr& program() const override;
  void scalars(int64_t step, std::span<Scalar> scalars) const override;
  void hyper_parameters(const Visit& visit) override;

 private:
  AdamWOptions options_;
};

}  // namespace ct::optim
