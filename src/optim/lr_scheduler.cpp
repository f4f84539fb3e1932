// The formulas, and what their arguments must be.
#include "customtensor/optim/lr_scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "customtensor/error.hpp"

namespace ct::optim {

double step_lr(double lr, int64_t step, int64_t every, double gamma) {
  if (step < 0 || every < 1) {
    throw ValueError(fmt::format(
        "step_lr: step must not be negative and every at least 1: step {}, every {}", step, every));
  }
  const int64_t times = step / every;
  return lr * std::pow(gamma, static_cast<double>(times));
}

double cosine_lr(double lr, int64_t step, int64_t total, double last) {
  if (step < 0 || total < 1) {
    throw ValueError(
        fmt::format("cosine_lr: step must not be negative and total at least 1: step {}, total {}",
                    step, total));
  }
  if (step >= total) return last;
  const double way = static_cast<double>(step) / static_cast<double>(total);
  return last + (lr - last) * (1.0 + std::cos(std::numbers::pi * way)) / 2.0;
}

namespace {

void check(const char* name, int64_t step, const char* what, int64_t count, int64_t least) {
  if (step >= 0 && count >= least) return;
  throw ValueError(fmt::format("{}: step must not be negative and {} at least {}: step {}, {} {}",
                               name, what, least, step, what, count));
}

double real(int64_t n) { return static_cast<double>(n); }

}  // namespace

double multi_step_lr(double lr, int64_t step, std::span<const int64_t> milestones, double gamma) {
  check("multi_step_lr", step, "step", step, 0);
  const auto passed = std::count_if(milestones.begin(), milestones.end(),
                                    [&](int64_t milestone) { return milestone <= step; });
  return lr * std::pow(gamma, real(passed));
}

double exponential_lr(double lr, int64_t step, double gamma) {
  check("exponential_lr", step, "step", step, 0);
  return lr * std::pow(gamma, real(step));
}

double constant_lr(double lr, int64_t step, double factor, int64_t total) {
  check("constant_lr", step, "total", total, 0);
  return step < total ? lr * factor : lr;
}

double linear_lr(double lr, int64_t step, double start, double end, int64_t total) {
  check("linear_lr", step, "total", total, 1);
  return lr * (start + (end - start) * real(std::min(step, total)) / real(total));
}

double polynomial_lr(double lr, int64_t step, int64_t total, double power) {
  check("polynomial_lr", step, "total", total, 1);
  return lr * std::pow(1.0 - real(std::min(step, total)) / real(total), power);
}

double cosine_restarts_lr(double lr, int64_t step, int64_t first, int64_t times, double last) {
  check("cosine_restarts_lr", step, "first", first, 1);
  check("cosine_restarts_lr", step, "times", times, 1);
  if (times == 1) step %= first;
  double at = real(step), length = real(first);
  for (; at >= length; length *= real(times)) at -= length;
  return last + (lr - last) * (1.0 + std::cos(std::numbers::pi * at / length)) / 2.0;
}

}  // namespace ct::optim
