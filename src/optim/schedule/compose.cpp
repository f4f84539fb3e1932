// The rates are those of the schedules that it is made of: what the optimizer has after each.
#include "customtensor/optim/schedule/compose.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/optim/schedule/decay.hpp"

namespace ct::optim {

namespace {

void check_list(const char* name, const SchedulerList& schedulers) {
  if (schedulers.empty()) throw ValueError(fmt::format("{}: there are no schedules", name));
  for (const auto& scheduler : schedulers) {
    if (scheduler == nullptr) throw ValueError(fmt::format("{}: a schedule is null", name));
  }
}

StateDict state_of(const SchedulerList& schedulers) {
  StateDict state;
  for (size_t i = 0; i < schedulers.size(); ++i) {
    state.insert_all(std::to_string(i) + ".", schedulers[i]->state_dict());
  }
  return state;
}

void load(const SchedulerList& schedulers, const StateDict& state) {
  // What does not fit one must not change the ones before it: those take their old state again.
  std::vector<StateDict> old;
  try {
    for (size_t i = 0; i < schedulers.size(); ++i) {
      old.push_back(schedulers[i]->state_dict());
      schedulers[i]->load_state_dict(state.with_prefix(std::to_string(i) + "."));
    }
  } catch (...) {
    for (size_t i = 0; i < old.size(); ++i) schedulers[i]->load_state_dict(old[i]);
    throw;
  }
}

}  // namespace

SequentialLR::SequentialLR(Optimizer& optimizer, SchedulerList schedulers,
                           std::vector<int64_t> milestones)
    : LRScheduler("SequentialLR", optimizer),
      schedulers_(std::move(schedulers)),
      milestones_(std::move(milestones)) {
  check_list("SequentialLR", schedulers_);
  const bool ascending = std::adjacent_find(milestones_.begin(), milestones_.end(),
                                            std::greater_equal<>()) == milestones_.end();
  if (milestones_.size() + 1 != schedulers_.size() || !ascending ||
      (!milestones_.empty() && milestones_[0] < 1)) {
    throw ValueError(
        fmt::format("SequentialLR: milestones must ascend from 1, one fewer than the {} schedules: "
                    "there are {}",
                    schedulers_.size(), milestones_.size()));
  }
  schedulers_[0]->restart();
}

void SequentialLR::step() {
  ++epoch_;
  const auto at = static_cast<size_t>(
      std::upper_bound(milestones_.begin(), milestones_.end(), epoch_) - milestones_.begin());
  if (at > 0 && milestones_[at - 1] == epoch_) {
    schedulers_[at]->restart();
  } else {
    schedulers_[at]->step();
  }
}

void SequentialLR::restart() {
  epoch_ = 0;
  schedulers_[0]->restart();
}

double SequentialLR::next(size_t, double lr) const { return lr; }

StateDict SequentialLR::state_dict() const {
  StateDict state = state_of(schedulers_);
  state.insert("last_epoch", from_values(&epoch_, int64, {}, {.dtype = int64, .device = "cpu"}));
  return state;
}

void SequentialLR::load_state_dict(const StateDict& state) {
  const Tensor* epoch = state.find("last_epoch");
  if (epoch == nullptr || epoch->dim() != 0 || epoch->dtype() != int64 ||
      epoch->item<int64_t>() < 0) {
    throw ValueError("load_state_dict: SequentialLR needs last_epoch, an int64 of at least 0");
  }
  load(schedulers_, state);
  epoch_ = epoch->item<int64_t>();
}

ChainedScheduler::ChainedScheduler(Optimizer& optimizer, SchedulerList schedulers)
    : LRScheduler("ChainedScheduler", optimizer), schedulers_(std::move(schedulers)) {
  check_list("ChainedScheduler", schedulers_);
}

void ChainedScheduler::step() {
  for (const auto& scheduler : schedulers_) scheduler->step();
}
void ChainedScheduler::restart() {
  for (const auto& scheduler : schedulers_) scheduler->restart();
}
double ChainedScheduler::next(size_t, double lr) const { return lr; }
StateDict ChainedScheduler::state_dict() const { return state_of(schedulers_); }
void ChainedScheduler::load_state_dict(const StateDict& state) { load(schedulers_, state); }

std::unique_ptr<SequentialLR> with_warmup(Optimizer& optimizer, std::shared_ptr<LRScheduler> after,
                                          int64_t steps, double start_factor) {
  auto line = std::make_shared<LinearLR>(optimizer, start_factor, 1.0, steps);
  return std::make_unique<SequentialLR>(optimizer, SchedulerList{std::move(line), std::move(after)},
                                        std::vector<int64_t>{steps});
}

}  // namespace ct::optim
