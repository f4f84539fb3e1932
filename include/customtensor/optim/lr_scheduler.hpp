// Learning rates over time, as plain functions of the step: nothing to save, any step can be
// asked for.   optimizer.set_lr(cosine_lr(1e-3, step, total));
#pragma once

#include <cstdint>
#include <span>

#include "customtensor/export.hpp"

namespace ct::optim {

/// lr gamma^floor(step / every). Errors: ValueError unless every >= 1 and step >= 0.
CT_API double step_lr(double lr, int64_t step, int64_t every, double gamma = 0.1);

/// From lr at step 0 along half a cosine to `last` at step `total` and after.
///   last + (lr - last) (1 + cos(π step / total)) / 2
/// Errors: ValueError unless total >= 1 and step >= 0. Source: arXiv:1608.03983
CT_API double cosine_lr(double lr, int64_t step, int64_t total, double last = 0.0);

/// lr gamma^(number of milestones <= step). Errors, of this and what follows: ValueError unless
/// step >= 0, and for the counts that are named.
CT_API double multi_step_lr(double lr, int64_t step, std::span<const int64_t> milestones,
                            double gamma = 0.1);

/// lr gamma^step.
CT_API double exponential_lr(double lr, int64_t step, double gamma);

/// lr factor before step `total` >= 0, then lr.
CT_API double constant_lr(double lr, int64_t step, double factor = 1.0 / 3, int64_t total = 5);

/// lr times a factor that goes in a line from `start` to `end`, at step `total` >= 1 and after.
/// A warm-up: linear_lr(1, step, 0.1, 1, 100) * cosine_lr(lr, step, total).
CT_API double linear_lr(double lr, int64_t step, double start = 1.0 / 3, double end = 1.0,
                        int64_t total = 5);

/// lr (1 - step / total)^power, 0 from step `total` >= 1 on.
CT_API double polynomial_lr(double lr, int64_t step, int64_t total = 5, double power = 1.0);

/// Half a cosine from lr to `last` again and again: the first takes `first` >= 1 steps, each
/// further one `times` >= 1 as many as the one before. Source: arXiv:1608.03983
CT_API double cosine_restarts_lr(double lr, int64_t step, int64_t first, int64_t times = 1,
                                 double last = 0.0);

}  // namespace ct::optim
