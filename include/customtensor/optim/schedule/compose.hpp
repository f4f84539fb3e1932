// Schedules made of others, of one optimizer.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "customtensor/optim/schedule/scheduler.hpp"

namespace ct::optim {

using SchedulerList = std::vector<std::shared_ptr<LRScheduler>>;

/// One after the other: at each milestone the next one begins, as at its epoch 0.
///   SequentialLR schedule(optimizer, {std::make_shared<LinearLR>(optimizer, 0.1, 1.0, 5),
///                                     std::make_shared<CosineAnnealingLR>(optimizer, 95)}, {5});
/// Its state holds those of the others behind "0.", "1.", …
/// Errors: ValueError unless there is one milestone fewer than schedules, ascending from 1, and all
///         are of this optimizer
/// Source: torch.optim.lr_scheduler.SequentialLR
class CT_API SequentialLR : public LRScheduler {
 public:
  SequentialLR(Optimizer& optimizer, SchedulerList schedulers, std::vector<int64_t> milestones);

  void step() override;
  void restart() override;
  StateDict state_dict() const override;
  void load_state_dict(const StateDict& state) override;

 protected:
  double next(size_t group, double lr) const override;

 private:
  SchedulerList schedulers_;
  std::vector<int64_t> milestones_;
  int64_t epoch_ = 0;
};

/// All at once: each works on the rate that the one before left.
/// Its state holds those of the others behind "0.", "1.", …
/// Errors: ValueError without schedules, or for one of another optimizer
/// Source: torch.optim.lr_scheduler.ChainedScheduler
class CT_API ChainedScheduler : public LRScheduler {
 public:
  ChainedScheduler(Optimizer& optimizer, SchedulerList schedulers);

  void step() override;
  void restart() override;
  StateDict state_dict() const override;
  void load_state_dict(const StateDict& state) override;

 protected:
  double next(size_t group, double lr) const override;

 private:
  SchedulerList schedulers_;
};

/// `after`, once the rate has gone in a line from start_factor times itself to itself in `steps`.
/// Errors: those of LinearLR and SequentialLR
CT_API std::unique_ptr<SequentialLR> with_warmup(Optimizer& optimizer,
                                                 std::shared_ptr<LRScheduler> after, int64_t steps,
                                                 double start_factor = 1.0 / 3);

}  // namespace ct::optim
