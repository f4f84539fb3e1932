// Both are functions of the epoch: rates do not depend on those before.
#include "customtensor/optim/schedule/cycle.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "customtensor/error.hpp"

namespace ct::optim {

namespace {

double real(int64_t n) { return static_cast<double>(n); }

void check_momentum(const char* name, const Optimizer& optimizer, double base, double most) {
  if (!(base >= 0.0 && base <= most && most < 1.0)) {
    throw ValueError(
        fmt::format("{}: momenta must be 0 <= base <= max < 1: base {}, max {}", name, base, most));
  }
  for (size_t g = 0; g < optimizer.group_count(); ++g) {
    if (optimizer.momentum(g)) continue;
    throw ValueError(fmt::format(
        "{}: the optimizer has neither a momentum nor betas; switch cycle_momentum off", name));
  }
}

}  // namespace

CyclicLR::CyclicLR(Optimizer& optimizer, double base_lr, double max_lr,
                   const CyclicOptions& options)
    : LRScheduler("CyclicLR", optimizer), base_lr_(base_lr), max_lr_(max_lr), options_(options) {
  if (!(base_lr >= 0.0 && base_lr <= max_lr) || !std::isfinite(max_lr)) {
    throw ValueError(
        fmt::format("CyclicLR: rates must be 0 <= base_lr <= max_lr: {} and {}", base_lr, max_lr));
  }
  if (options.step_size_up < 1 || options.step_size_down.value_or(1) < 1) {
    throw ValueError(fmt::format("CyclicLR: step sizes must be at least 1: up {}, down {}",
                                 options.step_size_up,
                                 options.step_size_down.value_or(options.step_size_up)));
  }
  if (options.cycle_momentum) {
    check_momentum("CyclicLR", optimizer, options.base_momentum, options.max_momentum);
  }
  begin();
}

double CyclicLR::height() const {
  const double up = real(options_.step_size_up);
  const double total = up + real(options_.step_size_down.value_or(options_.step_size_up));
  const double e = real(last_epoch());
  const double cycle = std::floor(1.0 + e / total);
  const double x = 1.0 + e / total - cycle;
  const double ratio = up / total;
  const double way = x <= ratio ? x / ratio : (x - 1.0) / (ratio - 1.0);
  switch (options_.mode) {
    case CyclicMode::triangular:
      return way;
    case CyclicMode::triangular2:
      return way / std::pow(2.0, cycle - 1.0);
    case CyclicMode::exp_range:
      break;
  }
  return way * std::pow(options_.gamma, e);
}

double CyclicLR::next(size_t, double) const { return base_lr_ + (max_lr_ - base_lr_) * height(); }
double CyclicLR::first(size_t group, double lr) const { return next(group, lr); }
void CyclicLR::moved() {
  if (!options_.cycle_momentum) return;
  const double range = options_.max_momentum - options_.base_momentum;
  for (size_t g = 0; g < groups(); ++g) {
    optimizer().set_momentum(g, options_.max_momentum - range * height());
  }
}

OneCycleLR::OneCycleLR(Optimizer& optimizer, double max_lr, const OneCycleOptions& options)
    : LRScheduler("OneCycleLR", optimizer), options_(options) {
  if (options.total_steps < 1 || !(options.pct_start >= 0.0 && options.pct_start <= 1.0)) {
    throw ValueError(
        fmt::format("OneCycleLR: total_steps must be at least 1 and pct_start in [0, 1]: {} and {}",
                    options.total_steps, options.pct_start));
  }
  if (!(max_lr >= 0.0) || !std::isfinite(max_lr) || !(options.div_factor > 0.0) ||
      !(options.final_div_factor > 0.0)) {
    throw ValueError(
        fmt::format("OneCycleLR: max_lr must not be negative and both factors be positive: max_lr "
                    "{}, div_factor {}, final_div_factor {}",
                    max_lr, options.div_factor, options.final_div_factor));
  }
  const double low = options.base_momentum, high = options.max_momentum;
  if (options.cycle_momentum) check_momentum("OneCycleLR", optimizer, low, high);
  const double begins = max_lr / options.div_factor, ends = begins / options.final_div_factor;
  const double up = options.pct_start * real(options.total_steps);
  const double last = real(options.total_steps - 1);
  if (options.three_phase) {
    phases_ = {{up - 1.0, begins, max_lr, high, low},
               {2.0 * up - 2.0, max_lr, begins, low, high},
               {last, begins, ends, high, high}};
  } else {
    phases_ = {{up - 1.0, begins, max_lr, high, low}, {last, max_lr, ends, low, high}};
  }
  begin();
}

double OneCycleLR::at(double Phase::*from, double Phase::*to) const {
  const double e = real(last_epoch());
  double start = 0.0;
  for (size_t i = 0; i < phases_.size(); ++i) {
    const Phase& phase = phases_[i];
    if (e > phase.end && i + 1 < phases_.size()) {
      start = phase.end;
      continue;
    }
    const double length = phase.end - start;
    const double way = length == 0.0 ? 1.0 : (e - start) / length;
    if (options_.anneal_strategy == AnnealStrategy::linear) {
      return (phase.*to - phase.*from) * way + phase.*from;
    }
    return phase.*to + (phase.*from - phase.*to) / 2.0 * (1.0 + std::cos(std::numbers::pi * way));
  }
  return phases_.back().*to;
}

double OneCycleLR::next(size_t, double) const { return at(&Phase::lr_from, &Phase::lr_to); }
double OneCycleLR::first(size_t group, double lr) const { return next(group, lr); }
void OneCycleLR::advance() {
  if (last_epoch() < options_.total_steps) return;
  throw ValueError(fmt::format("OneCycleLR: step {} is behind the last of {} steps", last_epoch(),
                               options_.total_steps));
}
void OneCycleLR::moved() {
  if (!options_.cycle_momentum) return;
  for (size_t g = 0; g < groups(); ++g) {
    optimizer().set_momentum(g, at(&Phase::momentum_from, &Phase::momentum_to));
  }
}

}  // namespace ct::optim
