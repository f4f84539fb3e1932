// The recursions of PyTorch's schedules: each makes the rate of an epoch from that of the one
// before.
#include "customtensor/optim/schedule/decay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "customtensor/error.hpp"

namespace ct::optim {

namespace {

double real(int64_t n) { return static_cast<double>(n); }

void check_count(const char* name, const char* what, int64_t value, int64_t least) {
  if (value >= least) return;
  throw ValueError(fmt::format("{}: {} must be at least {}: {}", name, what, least, value));
}
void check_finite(const char* name, const char* what, double value) {
  if (std::isfinite(value)) return;
  throw ValueError(fmt::format("{}: {} must be finite: {}", name, what, value));
}
template <class F>
void check_functions(const char* name, const std::vector<F>& functions, size_t groups) {
  if (functions.size() != groups) {
    throw ValueError(
        fmt::format("{}: {} functions were given for {} groups", name, functions.size(), groups));
  }
  for (const F& function : functions) {
    if (!function) throw ValueError(fmt::format("{}: a function is empty", name));
  }
}

}  // namespace

StepLR::StepLR(Optimizer& optimizer, int64_t step_size, double gamma)
    : LRScheduler("StepLR", optimizer), step_size_(step_size), gamma_(gamma) {
  check_count("StepLR", "step_size", step_size, 1);
  check_finite("StepLR", "gamma", gamma);
  begin();
}
double StepLR::next(size_t, double lr) const {
  return last_epoch() % step_size_ == 0 ? lr * gamma_ : lr;
}

MultiStepLR::MultiStepLR(Optimizer& optimizer, std::vector<int64_t> milestones, double gamma)
    : LRScheduler("MultiStepLR", optimizer), milestones_(std::move(milestones)), gamma_(gamma) {
  for (const int64_t m : milestones_) check_count("MultiStepLR", "a milestone", m, 1);
  check_finite("MultiStepLR", "gamma", gamma);
  begin();
}
double MultiStepLR::next(size_t, double lr) const {
  const auto times = std::count(milestones_.begin(), milestones_.end(), last_epoch());
  return times == 0 ? lr : lr * std::pow(gamma_, real(times));
}

ExponentialLR::ExponentialLR(Optimizer& optimizer, double gamma)
    : LRScheduler("ExponentialLR", optimizer), gamma_(gamma) {
  check_finite("ExponentialLR", "gamma", gamma);
  begin();
}
double ExponentialLR::next(size_t, double lr) const { return lr * gamma_; }

ConstantLR::ConstantLR(Optimizer& optimizer, double factor, int64_t total_iters)
    : LRScheduler("ConstantLR", optimizer), factor_(factor), total_iters_(total_iters) {
  if (!(factor > 0.0 && factor <= 1.0)) {
    throw ValueError(fmt::format("ConstantLR: factor must be above 0 and at most 1: {}", factor));
  }
  check_count("ConstantLR", "total_iters", total_iters, 0);
  begin();
}
double ConstantLR::first(size_t, double lr) const { return lr * factor_; }
double ConstantLR::next(size_t, double lr) const {
  return last_epoch() == total_iters_ ? lr * (1.0 / factor_) : lr;
}

LinearLR::LinearLR(Optimizer& optimizer, double start_factor, double end_factor,
                   int64_t total_iters)
    : LRScheduler("LinearLR", optimizer),
      start_(start_factor),
      end_(end_factor),
      total_iters_(total_iters) {
  if (!(start_factor > 0.0 && start_factor <= 1.0 && end_factor >= 0.0 && end_factor <= 1.0)) {
    throw ValueError(
        fmt::format("LinearLR: start_factor must be in (0, 1] and end_factor in [0, 1]: {} and {}",
                    start_factor, end_factor));
  }
  check_count("LinearLR", "total_iters", total_iters, 1);
  begin();
}
double LinearLR::first(size_t, double lr) const { return lr * start_; }
double LinearLR::next(size_t, double lr) const {
  if (last_epoch() > total_iters_) return lr;
  const double change = end_ - start_;
  return lr * (1.0 + change / (real(total_iters_) * start_ + real(last_epoch() - 1) * change));
}

PolynomialLR::PolynomialLR(Optimizer& optimizer, int64_t total_iters, double power)
    : LRScheduler("PolynomialLR", optimizer), total_iters_(total_iters), power_(power) {
  check_count("PolynomialLR", "total_iters", total_iters, 1);
  check_finite("PolynomialLR", "power", power);
  begin();
}
double PolynomialLR::next(size_t, double lr) const {
  if (last_epoch() > total_iters_) return lr;
  const double total = real(total_iters_);
  return lr * std::pow((1.0 - real(last_epoch()) / total) / (1.0 - real(last_epoch() - 1) / total),
                       power_);
}

CosineAnnealingLR::CosineAnnealingLR(Optimizer& optimizer, int64_t t_max, double eta_min)
    : LRScheduler("CosineAnnealingLR", optimizer), t_max_(t_max), eta_min_(eta_min) {
  check_count("CosineAnnealingLR", "t_max", t_max, 1);
  check_finite("CosineAnnealingLR", "eta_min", eta_min);
  begin();
}
double CosineAnnealingLR::next(size_t group, double lr) const {
  constexpr double kPi = std::numbers::pi;
  const double total = real(t_max_), e = real(last_epoch());
  if ((last_epoch() - 1 - t_max_) % (2 * t_max_) == 0) {
    return lr + (base_lr(group) - eta_min_) * (1.0 - std::cos(kPi / total)) / 2.0;
  }
  return (1.0 + std::cos(kPi * e / total)) / (1.0 + std::cos(kPi * (e - 1.0) / total)) *
             (lr - eta_min_) +
         eta_min_;
}

CosineAnnealingWarmRestarts::CosineAnnealingWarmRestarts(Optimizer& optimizer, int64_t t_0,
                                                         int64_t t_mult, double eta_min)
    : LRScheduler("CosineAnnealingWarmRestarts", optimizer),
      t_0_(t_0),
      t_mult_(t_mult),
      eta_min_(eta_min),
      t_i_(real(t_0)) {
  check_count("CosineAnnealingWarmRestarts", "t_0", t_0, 1);
  check_count("CosineAnnealingWarmRestarts", "t_mult", t_mult, 1);
  check_finite("CosineAnnealingWarmRestarts", "eta_min", eta_min);
  begin();
}
void CosineAnnealingWarmRestarts::restart() {
  t_i_ = real(t_0_);
  t_cur_ = 0;
  LRScheduler::restart();
}
void CosineAnnealingWarmRestarts::advance() {
  if (++t_cur_ < t_i_) return;
  t_cur_ -= t_i_;
  t_i_ *= real(t_mult_);
}
double CosineAnnealingWarmRestarts::next(size_t group, double) const {
  return eta_min_ +
         (base_lr(group) - eta_min_) * (1.0 + std::cos(std::numbers::pi * t_cur_ / t_i_)) / 2.0;
}
std::vector<std::pair<const char*, double*>> CosineAnnealingWarmRestarts::extra() {
  return {{"T_i", &t_i_}, {"T_cur", &t_cur_}};
}

LambdaLR::LambdaLR(Optimizer& optimizer, const Function& function)
    : LambdaLR(optimizer, std::vector<Function>(optimizer.group_count(), function)) {}
LambdaLR::LambdaLR(Optimizer& optimizer, std::vector<Function> functions)
    : LRScheduler("LambdaLR", optimizer), functions_(std::move(functions)) {
  check_functions("LambdaLR", functions_, groups());
  begin();
}
double LambdaLR::first(size_t group, double) const { return base_lr(group) * functions_[group](0); }
double LambdaLR::next(size_t group, double) const {
  return base_lr(group) * functions_[group](last_epoch());
}

MultiplicativeLR::MultiplicativeLR(Optimizer& optimizer, const Function& function)
    : MultiplicativeLR(optimizer, std::vector<Function>(optimizer.group_count(), function)) {}
MultiplicativeLR::MultiplicativeLR(Optimizer& optimizer, std::vector<Function> functions)
    : LRScheduler("MultiplicativeLR", optimizer), functions_(std::move(functions)) {
  check_functions("MultiplicativeLR", functions_, groups());
  begin();
}
double MultiplicativeLR::next(size_t group, double lr) const {
  return lr * functions_[group](last_epoch());
}

}  // namespace ct::optim
