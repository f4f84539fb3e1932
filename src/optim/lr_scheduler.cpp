// The formulas, and what their arguments must be.
#include "customtensor/optim/lr_scheduler.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "customtensor/error.hpp"

namespace ct::optim {

double step_lr(double lr, int64_t step, int64_t every, double gamma) {
  if (step < 0 || every < 1) {
    throw ValueError(fmt::format(
        "step_lr: step must not be negative and every at least 1: step {}, every {}", step, every));
  }
  return lr * std::pow(gamma, static_cast<double>(step / every));
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

}  // namespace ct::optim
