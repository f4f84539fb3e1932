// The schedules of the learning rate by name: functions of the step, each fitted to the whole run.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "customtensor/error.hpp"
#include "customtensor/optim/lr_scheduler.hpp"
#include "customtensor/train/choices.hpp"
#include "train/choice/table.hpp"

namespace ct::train {

namespace {

using Rate = double (*)(double lr, int64_t step, int64_t steps);

double constant(double lr, int64_t, int64_t) { return lr; }
double cosine(double lr, int64_t step, int64_t steps) { return optim::cosine_lr(lr, step, steps); }

/// A first period of 1/7 of the run: three fill it, 1 + 2 + 4.
double cosine_restarts(double lr, int64_t step, int64_t steps) {
  return optim::cosine_restarts_lr(lr, step, std::max<int64_t>(1, (steps + 6) / 7), 2);
}

/// optim::CyclicLR(lr / 10, lr) of four cycles.
double cyclic(double lr, int64_t step, int64_t steps) {
  const int64_t half = std::max<int64_t>(1, steps / 8);
  const double way = static_cast<double>(step % (2 * half)) / static_cast<double>(half);
  return lr * (0.1 + 0.9 * (1.0 - std::abs(way - 1.0)));
}

double exponential(double lr, int64_t step, int64_t steps) {
  return optim::exponential_lr(lr, step, std::pow(0.01, 1.0 / static_cast<double>(steps)));
}

double linear(double lr, int64_t step, int64_t steps) {
  return optim::linear_lr(lr, step, 1.0, 0.0, steps);
}

double multi_step(double lr, int64_t step, int64_t steps) {
  const std::array<int64_t, 2> milestones = {steps - steps / 2, steps - steps / 4};
  return optim::multi_step_lr(lr, step, milestones);
}

/// optim::OneCycleLR(lr) of PyTorch's defaults.
double one_cycle(double lr, int64_t step, int64_t steps) {
  const double first = lr / 25.0, last = first / 1e4;
  const double peak = 0.3 * static_cast<double>(steps) - 1.0;
  const double end = static_cast<double>(steps - 1), at = static_cast<double>(step);
  const bool up = at <= peak;
  const double start = up ? 0.0 : std::max(peak, 0.0), length = (up ? peak : end) - start;
  const double way = length > 0.0 ? std::min(1.0, (at - start) / length) : (up ? 1.0 : 0.0);
  const double from = up ? first : lr, to = up ? lr : last;
  return to + (from - to) * (1.0 + std::cos(std::numbers::pi * way)) / 2.0;
}

double polynomial(double lr, int64_t step, int64_t steps) {
  return optim::polynomial_lr(lr, step, steps, 2.0);
}

double thirds(double lr, int64_t step, int64_t steps) {
  return optim::step_lr(lr, step, std::max<int64_t>(1, (steps + 2) / 3));
}

double warmup_cosine(double lr, int64_t step, int64_t steps) {
  const int64_t warm = steps / 10;
  if (step >= warm) return optim::cosine_lr(lr, step - warm, steps - warm);
  return optim::linear_lr(lr, step, 1.0 / static_cast<double>(warm + 1), 1.0, warm);
}

constexpr Choice<Rate> kSchedules[] = {
    {"constant", constant},
    {"cosine", cosine},
    {"cosine_restarts", cosine_restarts},
    {"cyclic", cyclic},
    {"exponential", exponential},
    {"linear", linear},
    {"multi_step", multi_step},
    {"one_cycle", one_cycle},
    {"polynomial", polynomial},
    {"step", thirds},
    {"warmup_cosine", warmup_cosine},
};

}  // namespace

std::vector<std::string> schedule_names() { return names_of(kSchedules); }

Schedule make_schedule(std::string_view name) {
  const Rate* rate = find_choice(kSchedules, name);
  if (rate == nullptr) {
    throw ValueError(fmt::format("schedule: unknown '{}'; use {}", name, any_of(schedule_names())));
  }
  return *rate;
}

}  // namespace ct::train
