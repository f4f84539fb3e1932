// Learning rates over time, as plain functions of the step: nothing to save, any step can be
// asked for.   optimizer.set_lr(cosine_lr(1e-3, step, total));
#pragma once

#include <cstdint>

#include "customtensor/export.hpp"

namespace ct::optim {

/// lr gamma^floor(step / every). Errors: ValueError unless every >= 1 and step >= 0.
CT_API double step_lr(double lr, int64_t step, int64_t every, double gamma = 0.1);

/// From lr at step 0 along half a cosine to `last` at step `total` and after.
///   last + (lr - last) (1 + cos(π step / total)) / 2
/// Errors: ValueError unless total >= 1 and step >= 0. Source: arXiv:1608.03983
CT_API double cosine_lr(double lr, int64_t step, int64_t total, double last = 0.0);

}  // namespace ct::optim
