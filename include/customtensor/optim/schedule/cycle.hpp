// Schedules that go up and down, and the momentum the other way.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "customtensor/optim/schedule/scheduler.hpp"

namespace ct::optim {

enum class CyclicMode {
  triangular,   ///< all cycles alike
  triangular2,  ///< each half as high as the one before
  exp_range     ///< gamma^e times as high
};
struct CyclicOptions {
  int64_t step_size_up = 2000;
  std::optional<int64_t> step_size_down = std::nullopt;  ///< absent: as up
  CyclicMode mode = CyclicMode::triangular;
  double gamma = 1.0;
  bool cycle_momentum = true;  ///< the momentum goes from max to base where the rate goes up
  double base_momentum = 0.8, max_momentum = 0.9;
};
/// Rates that go in lines from base_lr to max_lr and back. The optimizer must have a momentum (or
/// betas), or cycle_momentum be off.
/// Errors: ValueError for arguments out of range, or without a momentum to move
/// Source: arXiv:1506.01186, torch.optim.lr_scheduler.CyclicLR
class CT_API CyclicLR : public LRScheduler {
 public:
  CyclicLR(Optimizer& optimizer, double base_lr, double max_lr, const CyclicOptions& options = {});

 protected:
  double next(size_t group, double lr) const override;
  double first(size_t group, double lr) const override;
  void moved() override;

 private:
  /// How far up, from 0 to 1, times the mode's factor.
  double height() const;

  double base_lr_, max_lr_;
  CyclicOptions options_;
};

enum class AnnealStrategy { cos, linear };
struct OneCycleOptions {
  int64_t total_steps = 0;  ///< the whole cycle, >= 1
  double pct_start = 0.3;   ///< share of it that goes up, in [0, 1]
  AnnealStrategy anneal_strategy = AnnealStrategy::cos;
  bool cycle_momentum = true;
  double base_momentum = 0.85, max_momentum = 0.95;
  double div_factor = 25.0;       ///< max_lr over the first rate
  double final_div_factor = 1e4;  ///< the first rate over the last
  bool three_phase = false;       ///< down to the first rate as fast as up, then to the last
};
/// Once up to max_lr and down to nearly nothing; the momentum the other way.
/// Errors: ValueError for arguments out of range, without a momentum to move, and for a step behind
///         the last
/// Source: arXiv:1708.07120, torch.optim.lr_scheduler.OneCycleLR
class CT_API OneCycleLR : public LRScheduler {
 public:
  OneCycleLR(Optimizer& optimizer, double max_lr, const OneCycleOptions& options);

 protected:
  double next(size_t group, double lr) const override;
  double first(size_t group, double lr) const override;
  void advance() override;
  void moved() override;

 private:
  struct Phase {
    double end, lr_from, lr_to, momentum_from, momentum_to;
  };
  /// Of each phase's two values, by the epoch.
  double at(double Phase::*from, double Phase::*to) const;

  OneCycleOptions options_;
  std::vector<Phase> phases_;
};

}  // namespace ct::optim
