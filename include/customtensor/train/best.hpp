// Which epoch was the best one, by a figure of its evaluation, and when to wait no longer for a
// better one.
#pragma once

#include <cstdint>
#include <string>

#include "customtensor/export.hpp"

namespace ct::train {

/// Which end of a figure is the better one.
enum class Mode { min, max };

struct BestOptions {
  std::string figure = {};  ///< of the evaluation: "loss", "accuracy", …; empty: none is looked at
  Mode mode = Mode::min;
  /// Early stopping: the run ends after so many epochs in a row without a better one, >= 0; 0:
  /// never.
  int64_t patience = 0;
  /// What an epoch must be better by to count for patience, >= 0. The best epoch is the best one
  /// however little it is better.
  double min_delta = 0;

  /// Errors: ValueError for values out of range, or patience without a figure.
  CT_API void check() const;
};

/// Plain data, kept in checkpoints. Epochs are counted from 1; 0: none yet.
struct BestState {
  int64_t epoch = 0;
  double value = 0;
  int64_t patience_epoch = 0;  ///< the last one that was better by min_delta
  double patience_value = 0;

  friend bool operator==(const BestState&, const BestState&) = default;
};

/// Takes note of the value of `epoch`; whether it is the best so far. A value that is infinite or
/// not a number never is.
CT_API bool update_best(BestState& state, const BestOptions& options, int64_t epoch, double value);

/// Whether a run that has done `epoch` epochs has waited long enough.
CT_API bool out_of_patience(const BestState& state, const BestOptions& options, int64_t epoch);

}  // namespace ct::train
