// Muon: momentum of a matrix, made orthogonal.
#pragma once

#include "customtensor/optim/optimizer.hpp"

namespace ct::optim {

/// What the rate is multiplied with, for a matrix of m rows and n columns.
enum class MuonAdjust : int64_t {
  original,        ///< sqrt(max(1, m / n))
  match_rms_adamw  ///< 0.2 sqrt(max(m, n)): AdamW's rates and decays fit
};

struct CT_API MuonOptions {
  double lr = 1e-3;
  double weight_decay = 0.1;  ///< decoupled, >= 0
  double momentum = 0.95;     ///< >= 0
  bool nesterov = true;
  std::array<double, 3> ns_coefficients = {3.4445, -4.775, 2.0315};  ///< a, b, c
  double eps = 1e-7;                                                 ///< least norm, >= 0
  int64_t ns_steps = 5;                                              ///< 0 … 99
  MuonAdjust adjust_lr_fn = MuonAdjust::original;
  bool maximize = false;  ///< climbs instead
};

/// For matrices: give biases, embeddings and heads to another optimizer. With gradient g, parameter
/// p, momentum m:
///   m ← m + (1 - momentum) (g - m)
///   x = nesterov ? g + momentum (m - g) : m
///   x ← x / max(‖x‖, eps), then ns_steps times, with A = x xᵀ: x ← a x + (b A + c A²) x
///   p ← (1 - lr weight_decay) p - lr adjust x
/// (of tall matrices xᵀ is made orthogonal). The steps of Newton and Schulz are computed in
/// float32, in float64 for such parameters; PyTorch rounds them to bfloat16, and differs by that.
///
/// Errors: ValueError for options out of range, and for parameters that are no matrices
/// Source: Jordan, "Muon: An optimizer for hidden layers in neural networks", 2024;
/// arXiv:2502.16982
///         (match_rms_adamw); torch.optim.Muon
class CT_API Muon : public OptimizerOf<MuonOptions> {
 public:
  explicit Muon(Tensors parameters, const MuonOptions& options = {});
  explicit Muon(std::vector<ParamGroup<MuonOptions>> groups);

 protected:
  void hyper_parameters(MuonOptions& options, const Visit& visit) const override;
  void check(const MuonOptions& options) const override;
  void check_params(size_t number, const Tensor& parameter) const override;
  States states(const MuonOptions& options, const Shape& parameter) const override;
  void prepare(const MuonOptions& options, Slots work) override;
  void update(const MuonOptions& options, Slots work) override;
};

}  // namespace ct::optim
