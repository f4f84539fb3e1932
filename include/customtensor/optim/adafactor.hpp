// Adafactor: second moments of a matrix kept as one number a row and one a column.
#pragma once

#include "customtensor/optim/optimizer.hpp"

namespace ct::optim {

struct CT_API AdafactorOptions {
  double lr = 1e-2;
  double beta2_decay = -0.8;                ///< τ, <= 0
  std::array<double, 2> eps = {0.0, 1e-3};  ///< each >= 0; eps[0] = 0: the machine epsilon of the
                                            ///< parameter's dtype (PyTorch's None)
  double d = 1.0;                           ///< clips the root mean square of a step, >= 1
  double weight_decay = 0.0;                ///< decoupled, >= 0
  bool maximize = false;                    ///< climbs instead
};

/// With gradient g, parameter p, step t, β = 1 - t^τ, RMS the root of the mean square:
///   of two axes and more (the last two):
///     R ← β R + (1 - β) mean of g² over columns,  C ← β C + (1 - β) mean of g² over rows
///     V = R C / max(mean R, eps1)
///   else V ← β V + (1 - β) g²
///   u = g / max(sqrt(V), eps1)
///   p ← (1 - lr weight_decay) p - max(eps2, RMS(p)) min(lr, 1 / sqrt(t)) u / max(1, RMS(u) / d)
/// Means and norms stay on the device.
///
/// Errors: ValueError for options out of range
/// Source: arXiv:1804.04235, torch.optim.Adafactor
class CT_API Adafactor : public OptimizerOf<AdafactorOptions> {
 public:
  explicit Adafactor(Tensors parameters, const AdafactorOptions& options = {});
  explicit Adafactor(std::vector<ParamGroup<AdafactorOptions>> groups);

 protected:
  void hyper_parameters(AdafactorOptions& options, const Visit& visit) const override;
  void check(const AdafactorOptions& options) const override;
  States states(const AdafactorOptions& options, const Shape& parameter) const override;
  void prepare(const AdafactorOptions& options, Slots work) override;
  void update(const AdafactorOptions& options, Slots work) override;
};

}  // namespace ct::optim
