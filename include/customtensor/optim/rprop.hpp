// Rprop: a step length for each element, which only the signs of gradients change.
#pragma once

#include "customtensor/optim/optimizer.hpp"

namespace ct::optim {

struct CT_API RpropOptions {
  double lr = 1e-2;                               ///< the first step length
  std::array<double, 2> etas = {0.5, 1.2};        ///< factors: 0 < etas[0] < 1 < etas[1]
  std::array<double, 2> step_sizes = {1e-6, 50};  ///< least and most step length
  bool maximize = false;                          ///< climbs instead
};

/// With gradient g, the one before h, parameter p, step length s:
///   g h > 0: s ← min(etas[1] s, most)
///   g h < 0: s ← max(etas[0] s, least), g ← 0
///   p ← p - s sign(g), h ← g

/// For full batches. Errors: ValueError for options out of range
/// Source: Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning: the
/// RPROP
///         algorithm", 1993; torch.optim.Rprop
class CT_API Rprop : public ElementwiseOptimizer<RpropOptions> {
 public:
  explicit Rprop(Tensors parameters, const RpropOptions& options = {});
  explicit Rprop(std::vector<ParamGroup<RpropOptions>> groups);

 protected:
  void hyper_parameters(RpropOptions& options, const Visit& visit) const override;
  void check(const RpropOptions& options) const override;
  States states(const RpropOptions& options, const Shape& parameter) const override;
  const ProgramPtr& program(const RpropOptions& options) const override;
  void scalars(const RpropOptions& options, Turn& turn, std::span<Scalar> scalars) const override;
};

}  // namespace ct::optim
