// ReduceLROnPlateau: smaller rates where nothing gets better any more.
#pragma once

#include <cstdint>

#include "customtensor/export.hpp"
#include "customtensor/optim/optimizer.hpp"
#include "customtensor/state_dict.hpp"

namespace ct::optim {

enum class PlateauMode { min, max };
enum class ThresholdMode { rel, abs };
struct PlateauOptions {
  PlateauMode mode = PlateauMode::min;  ///< whether less is better
  double factor = 0.1;                  ///< in [0, 1)
  int64_t patience = 10;                ///< epochs that may pass without a better one
  double threshold = 1e-4;              ///< how much better counts
  ThresholdMode threshold_mode = ThresholdMode::rel;
  int64_t cooldown = 0;  ///< epochs after a reduction that do not count
  double min_lr = 0.0;
  double eps = 1e-8;  ///< least change that is made
};
/// lr factor when the metric has not been better than the best for more than `patience` epochs.
/// Errors: ValueError for options out of range
/// Source: torch.optim.lr_scheduler.ReduceLROnPlateau
class CT_API ReduceLROnPlateau {
 public:
  explicit ReduceLROnPlateau(Optimizer& optimizer, const PlateauOptions& options = {});

  /// With the metric of an epoch. A NaN is not better than anything.
  void step(double metric);
  int64_t last_epoch() const { return last_epoch_; }
  double best() const { return best_; }

  /// "best" float64; "num_bad_epochs", "cooldown_counter", "last_epoch" int64.
  StateDict state_dict() const;
  /// Errors: ValueError naming what is missing or unexpected; then nothing was changed
  void load_state_dict(const StateDict& state);

 private:
  bool is_better(double metric) const;

  Optimizer* optimizer_;
  PlateauOptions options_;
  double best_;
  int64_t num_bad_epochs_ = 0, cooldown_counter_ = 0, last_epoch_ = 0;
};

}  // namespace ct::optim
