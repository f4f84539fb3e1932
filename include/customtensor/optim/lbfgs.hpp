// L-BFGS: directions from the last few gradients, and a line search along them.
#pragma once

#include "customtensor/optim/optimizer.hpp"

namespace ct::optim {

enum class LineSearchFn : int64_t { none, strong_wolfe };

struct CT_API LbfgsOptions {
  double lr = 1.0;
  int64_t max_iter = 20;                             ///< iterations a step, >= 1
  std::optional<int64_t> max_eval = std::nullopt;    ///< losses a step; max_iter * 5 / 4
  double tolerance_grad = 1e-7;                      ///< ends at a largest |g| below, >= 0
  double tolerance_change = 1e-9;                    ///< ends at smaller changes, >= 0
  int64_t history_size = 100;                        ///< >= 1
  LineSearchFn line_search_fn = LineSearchFn::none;  ///< none: each step has length lr
};

/// With gradient g and the last pairs y of changes of g and s of changes of p, the newest last:
///   q ← -g;  back: a_i = ρ_i s_iᵀ q, q ← q - a_i y_i         with ρ_i = 1 / y_iᵀ s_i
///   d ← q yᵀs / yᵀy;  forth: d ← d + s_i (a_i - ρ_i y_iᵀ d)
///   p ← p + t d, t = lr, or as the line search finds it
/// A step makes up to max_iter such iterations, and needs the closure: step(closure). Losses and
/// products of vectors are read by the host. The state is that of PyTorch under "state.0.": d, t,
/// old_dirs and old_stps (a row each), ro, H_diag, prev_flat_grad, prev_loss, func_evals, n_iter.
/// One group, on one device.
///
/// Errors: ValueError for options out of range, a second group, a step without closure
/// Source: Nocedal and Wright, "Numerical optimization", algorithm 7.4; torch.optim.LBFGS
class CT_API LBFGS : public OptimizerOf<LbfgsOptions> {
 public:
  explicit LBFGS(Tensors parameters, const LbfgsOptions& options = {});

  void step() override;
  Tensor step(const Closure& closure) override;
  StateDict state_dict() const override;
  void load_state_dict(const StateDict& state) override;

 protected:
  void hyper_parameters(LbfgsOptions& options, const Visit& visit) const override;
  void check(const LbfgsOptions& options) const override;
  void update(const LbfgsOptions& options, Slots work) override;

 private:
  /// All that a step leaves to the next one.
  struct Memory {
    int64_t func_evals = 0, n_iter = 0;
    Tensor d, prev_flat_grad;
    double t = 0, h_diag = 1, prev_loss = 0;
    Tensors old_dirs, old_stps;
    std::vector<double> ro;
  };

  int64_t elements() const;
  DType flat_type() const;
  Tensor flat_grad() const;
  void move(const Tensor& direction, double t) const;
  void remember(const LbfgsOptions& options, const Tensor& gradient);
  Tensor direction(const Tensor& gradient) const;

  Memory memory_;
};

}  // namespace ct::optim
