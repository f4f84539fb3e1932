// SGD: stochastic gradient descent with momentum.
#pragma once

#include "customtensor/optim/optimizer.hpp"

namespace ct::optim {

struct SgdOptions {
  double lr = 1e-3;
  double momentum = 0.0;      ///< >= 0
  double dampening = 0.0;     ///< of the gradient in the momentum
  double weight_decay = 0.0;  ///< L2 penalty, >= 0
  bool nesterov = false;      ///< needs momentum > 0 and dampening 0
};

/// With gradient g, parameter p and momentum buffer b:
///   g ← g + weight_decay p
///   b ← momentum b + (1 - dampening) g       (first step: b ← g)
///   p ← p - lr b                             (Nesterov: p - lr (g + momentum b))
///
/// Errors: ValueError for options out of range
/// Source: torch.optim.SGD; Sutskever et al., "On the importance of initialization and momentum in
///         deep learning", ICML 2013
class CT_API SGD : public Optimizer {
 public:
  explicit SGD(Tensors parameters, const SgdOptions& options = {});

 protected:
  const ProgramPtr& program() const override;
  void scalars(int64_t step, std::span<Scalar> scalars) const override;
  void hyper_parameters(const Visit& visit) override;

 private:
  SgdOptions options_;
  bool has_buffer_;
};

}  // namespace ct::optim
