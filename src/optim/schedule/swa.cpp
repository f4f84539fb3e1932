// SWALR as PyTorch has it: the rate at the start is found again from the one that there is.
#include "customtensor/optim/schedule/swa.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "customtensor/error.hpp"

namespace ct::optim {

SWALR::SWALR(Optimizer& optimizer, double swa_lr, int64_t anneal_epochs,
             AnnealStrategy anneal_strategy)
    : LRScheduler("SWALR", optimizer),
      swa_lr_(swa_lr),
      anneal_epochs_(anneal_epochs),
      strategy_(anneal_strategy) {
  if (!(swa_lr >= 0) || !std::isfinite(swa_lr) || anneal_epochs < 0) {
    throw ValueError(
        fmt::format("SWALR: swa_lr must be at least 0 and finite, and anneal_epochs not negative: "
                    "{} and {}",
                    swa_lr, anneal_epochs));
  }
  begin();
}

double SWALR::share(int64_t epoch) const {
  const double epochs = static_cast<double>(std::max<int64_t>(1, anneal_epochs_));
  const double t = std::clamp(static_cast<double>(epoch) / epochs, 0.0, 1.0);
  return strategy_ == AnnealStrategy::cos ? (1 - std::cos(std::numbers::pi * t)) / 2 : t;
}

double SWALR::next(size_t, double lr) const {
  const double before = share(last_epoch() - 1), now = share(last_epoch());
  const double start = before == 1 ? swa_lr_ : (lr - before * swa_lr_) / (1 - before);
  return swa_lr_ * now + start * (1 - now);
}

double SWALR::first(size_t, double lr) const { return anneal_epochs_ == 0 ? swa_lr_ : lr; }

}  // namespace ct::optim
