// GradScaler: keeps small gradients of float16 from becoming 0. The loss is multiplied, gradients
// are divided before the step, and a step whose gradients are not finite is left out.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "customtensor/export.hpp"
#include "customtensor/optim/optimizer.hpp"
#include "customtensor/state_dict.hpp"
#include "customtensor/tensor.hpp"

namespace ct::optim {

struct GradScalerOptions {
  double init_scale = 65536.0;     ///< > 0
  double growth_factor = 2.0;      ///< > 1
  double backoff_factor = 0.5;     ///< in (0, 1)
  int64_t growth_interval = 2000;  ///< steps without an infinity until the scale grows, >= 1
  bool enabled = true;             ///< false: everything passes unchanged
};

///   GradScaler scaler;
///   for (…) {
///     optimizer.zero_grad();
///     Tensor loss = …;                    // under an AutocastGuard
///     scaler.scale(loss).backward();
///     scaler.unscale_(optimizer);         // only to look at gradients, or to clip them
///     scaler.step(optimizer);
///     scaler.update();
///   }
///
/// scale' = scale backoff_factor if a gradient since the last update() was infinite or NaN, else
/// scale growth_factor after growth_interval updates in a row, unless that is more than float32
/// holds. Gradients are looked at where they are: few launches for all of them and one number a
/// step that the host waits for. bfloat16 has float32's range and needs none of this.
///
/// Parameters are float32 (an AutocastGuard leaves them so): they are the master weights.
/// Errors: ValueError for options out of range
/// Source: torch.amp.GradScaler; arXiv:1710.03740
class CT_API GradScaler {
 public:
  explicit GradScaler(const GradScalerOptions& options = {});

  /// outputs * scale, recorded; float32 for narrow ones, in which it might not fit.
  Tensor scale(const Tensor& outputs) const;
  Tensors scale(const Tensors& outputs) const;
  /// Divides the gradients of the optimizer's parameters by the scale, in place.
  /// Errors: ValueError for a second time before update(), after step(), or if a gradient is
  /// float16: then nothing was changed
  void unscale_(Optimizer& optimizer);
  /// unscale_ unless that was called, then optimizer.step() if all gradients are finite. Returns
  /// whether it was. Errors: ValueError for a second time before update(), or if no parameter has
  /// a gradient
  bool step(Optimizer& optimizer);
  /// Once all optimizers have made their steps. Errors: ValueError if none has.
  void update();
  /// The same with another scale. Errors: ValueError unless it is above 0 and finite.
  void update(double new_scale);

  /// 1 if it is not enabled.
  double get_scale() const { return options_.enabled ? scale_ : 1.0; }
  bool is_enabled() const { return options_.enabled; }
  double get_growth_factor() const { return options_.growth_factor; }
  void set_growth_factor(double factor);
  double get_backoff_factor() const { return options_.backoff_factor; }
  void set_backoff_factor(double factor);
  int64_t get_growth_interval() const { return options_.growth_interval; }
  void set_growth_interval(int64_t interval);

  /// "scale", "growth_factor", "backoff_factor" (float64), "growth_interval", "_growth_tracker"
  /// (int64): PyTorch's names. Empty if it is not enabled.
  StateDict state_dict() const;
  /// Errors: ValueError for a name that is missing or unexpected, another shape or dtype, or a
  /// number out of range; then nothing was changed
  void load_state_dict(const StateDict& state);

 private:
  /// What happened to an optimizer's gradients since the last update.
  struct Seen {
    Tensors flags = {};  ///< a number a device, 0 if all gradients there are finite
    bool checked = false, stepped = false;
    bool found_inf() const;
  };

  GradScalerOptions options_;
  double scale_;
  int64_t growth_tracker_ = 0;
  std::unordered_map<const Optimizer*, Seen> seen_;
};

}  // namespace ct::optim
