// SGD: stochastic gradient descent with momentum.
#pragma once

#include "customtensor/optim/optimizer.hpp"

namespace ct::optim {

struct CT_API SgdOptions {
  double lr = 1e-3;
  double momentum = 0.0;      ///< >= 0
  double dampening = 0.0;     ///< of the gradient in the momentum
  double weight_decay = 0.0;  ///< L2 penalty, >= 0
  bool nesterov = false;      ///< needs momentum > 0 and dampening 0
  bool maximize = false;      ///< climbs instead
};

/// With gradient g, parameter p and momentum buffer b:
///   g ← g + weight_decay p
///   b ← momentum b + (1 - dampening) g       (first step: b ← g)
///   p ← p - lr b                             (Nesterov: p - lr (g + momentum b))
///
/// Errors: ValueError for options out of range
/// Source: torch.optim.SGD; Sutskever et al., "On the importance of initialization and momentum in
///         deep learning", ICML 2013
class CT_API SGD : public ElementwiseOptimizer<SgdOptions> {
 public:
  explicit SGD(Tensors parameters, const SgdOptions& options = {});
  explicit SGD(std::vector<ParamGroup<SgdOptions>> groups);

 protected:
  void hyper_parameters(SgdOptions& options, const Visit& visit) const override;
  void check(const SgdOptions& options) const override;
  States states(const SgdOptions& options, const Shape& parameter) const override;
  const ProgramPtr& program(const SgdOptions& options) const override;
  void scalars(const SgdOptions& options, Turn& turn, std::span<Scalar> scalars) const override;
};

}  // namespace ct::optim
