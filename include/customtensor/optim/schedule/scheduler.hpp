// LRScheduler: learning rates over time, of an optimizer's groups.
//
//   StepLR scheduler(optimizer, 30);
//   for (epoch …) { train(); scheduler.step(); }
//
// A schedule works on the rate that the optimizer has, as PyTorch's do, so that several can act on
// one (ChainedScheduler) and a resumed one goes on from what the optimizer's state holds. Where a
// rate is a function of the step, optim/lr_scheduler.hpp has some as plain functions.
#pragma once

#include <cstdint>
#include <vector>

#include "customtensor/export.hpp"
#include "customtensor/optim/optimizer.hpp"
#include "customtensor/state_dict.hpp"

namespace ct::optim {

/// The optimizer must outlive it. Made, it sets the rates of epoch 0.
class CT_API LRScheduler {
 public:
  virtual ~LRScheduler();
  LRScheduler(const LRScheduler&) = delete;
  LRScheduler& operator=(const LRScheduler&) = delete;

  /// Sets the rates of the next epoch (or step of training, as the caller counts).
  virtual void step();
  /// Begins anew: as at epoch 0.
  virtual void restart();
  int64_t last_epoch() const { return last_epoch_; }
  /// The rates that were set last, by group.
  const std::vector<double>& last_lr() const { return last_lr_; }

  /// "last_epoch" int64, "base_lrs" and "_last_lr" float64, and what a schedule has besides; the
  /// optimizer's state holds the rates themselves.
  virtual StateDict state_dict() const;
  /// Errors: ValueError listing every missing, unexpected and mis-shaped name; then nothing was
  /// changed
  virtual void load_state_dict(const StateDict& state);

 protected:
  /// Takes each group's initial rate, which the first schedule of an optimizer sets.
  LRScheduler(const char* name, Optimizer& optimizer);
  /// At the end of a constructor: the rates of epoch 0.
  void begin();

  /// The rate of `group` for last_epoch(), which is above 0, from the one that it has.
  virtual double next(size_t group, double lr) const = 0;
  /// That of epoch 0, from the one that it has.
  virtual double first(size_t group, double lr) const;
  /// Called when last_epoch() was counted up, before any next().
  virtual void advance() {}
  /// Called with the rates set: what else moves (momentum).
  virtual void moved() {}
  /// Numbers that a state holds besides, each as float64 ().
  virtual std::vector<std::pair<const char*, double*>> extra() { return {}; }

  const char* name() const { return name_; }
  Optimizer& optimizer() const { return *optimizer_; }
  double base_lr(size_t group) const { return base_lrs_[group]; }
  size_t groups() const { return base_lrs_.size(); }
  void set_rates(const std::vector<double>& rates);

 private:
  const char* name_;
  Optimizer* optimizer_;
  int64_t last_epoch_ = 0;
  std::vector<double> base_lrs_, last_lr_;
};

}  // namespace ct::optim
