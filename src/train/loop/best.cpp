// Best epoch and patience: see customtensor/train/best.hpp.
#include "customtensor/train/best.hpp"

#include <fmt/format.h>

#include <cmath>

#include "customtensor/error.hpp"

namespace ct::train {

void BestOptions::check() const {
  if (patience < 0) {
    throw ValueError(fmt::format("train: patience is {}: must be 0 (none) or more", patience));
  }
  if (!(min_delta >= 0) || !std::isfinite(min_delta)) {
    throw ValueError(
        fmt::format("train: min_delta is {}: must be 0 or more and finite", min_delta));
  }
  if (patience > 0 && figure.empty()) {
    throw ValueError(fmt::format(
        "train: patience is {}, but no figure is given that tells the best epoch", patience));
  }
}

bool update_best(BestState& state, const BestOptions& options, int64_t epoch, double value) {
  if (!std::isfinite(value)) return false;
  const auto better_by = [&](double than) {
    return options.mode == Mode::max ? value - than : than - value;
  };
  // The first one is, even where min_delta is more than all that can be won.
  if (state.patience_epoch == 0 || better_by(state.patience_value) > options.min_delta) {
    state.patience_epoch = epoch;
    state.patience_value = value;
  }
  if (state.epoch > 0 && !(better_by(state.value) > 0)) return false;
  state.epoch = epoch;
  state.value = value;
  return true;
}

bool out_of_patience(const BestState& state, const BestOptions& options, int64_t epoch) {
  return options.patience > 0 && epoch - state.patience_epoch >= options.patience;
}

}  // namespace ct::train
