// See plateau.hpp.
#include "customtensor/optim/schedule/plateau.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"

namespace ct::optim {

ReduceLROnPlateau::ReduceLROnPlateau(Optimizer& optimizer, const PlateauOptions& options)
    : optimizer_(&optimizer),
      options_(options),
      best_(options.mode == PlateauMode::min ? std::numeric_limits<double>::infinity()
                                             : -std::numeric_limits<double>::infinity()) {
  if (!(options.factor >= 0.0 && options.factor < 1.0) || options.patience < 0 ||
      options.cooldown < 0 || !(options.min_lr >= 0.0)) {
    throw ValueError(fmt::format(
        "ReduceLROnPlateau: factor must be in [0, 1), and patience, cooldown and min_lr "
        "not be negative: {}, {}, {} and {}",
        options.factor, options.patience, options.cooldown, options.min_lr));
  }
}

bool ReduceLROnPlateau::is_better(double metric) const {
  const bool least = options_.mode == PlateauMode::min;
  const double by = least ? -options_.threshold : options_.threshold;
  const double limit =
      options_.threshold_mode == ThresholdMode::rel ? best_ * (1.0 + by) : best_ + by;
  return least ? metric < limit : metric > limit;
}

void ReduceLROnPlateau::step(double metric) {
  ++last_epoch_;
  if (is_better(metric)) {
    best_ = metric;
    num_bad_epochs_ = 0;
  } else {
    ++num_bad_epochs_;
  }
  if (cooldown_counter_ > 0) {
    --cooldown_counter_;
    num_bad_epochs_ = 0;
  }
  if (num_bad_epochs_ <= options_.patience) return;
  cooldown_counter_ = options_.cooldown;
  num_bad_epochs_ = 0;
  for (size_t g = 0; g < optimizer_->group_count(); ++g) {
    const double old = optimizer_->lr(g);
    const double reduced = std::max(old * options_.factor, options_.min_lr);
    if (old - reduced > options_.eps) optimizer_->set_lr(g, reduced);
  }
}

StateDict ReduceLROnPlateau::state_dict() const {
  const auto whole = [](const int64_t& value) {
    return from_values(&value, int64, {}, {.dtype = int64, .device = "cpu"});
  };
  return {{"best", from_values(&best_, float64, {}, {.dtype = float64, .device = "cpu"})},
          {"num_bad_epochs", whole(num_bad_epochs_)},
          {"cooldown_counter", whole(cooldown_counter_)},
          {"last_epoch", whole(last_epoch_)}};
}

void ReduceLROnPlateau::load_state_dict(const StateDict& state) {
  std::string faults;
  for (const auto& [name, value] : state_dict()) {
    const Tensor* given = state.find(name);
    if (given == nullptr) {
      faults += "\n  missing: " + name;
    } else if (given->dim() != 0 || given->dtype() != value.dtype()) {
      faults += fmt::format("\n  {} must be {} ()", name, ct::name(value.dtype()));
    }
  }
  if (state.size() > 4) faults += "\n  there are other names";
  if (!faults.empty()) {
    throw ValueError(
        fmt::format("load_state_dict: names or shapes do not fit ReduceLROnPlateau:{}", faults));
  }
  best_ = state.at("best").item<double>();
  num_bad_epochs_ = state.at("num_bad_epochs").item<int64_t>();
  cooldown_counter_ = state.at("cooldown_counter").item<int64_t>();
  last_epoch_ = state.at("last_epoch").item<int64_t>();
}

}  // namespace ct::optim
