// SWALR: to a constant rate, at which weights are averaged.
#pragma once

#include <cstdint>

#include "customtensor/optim/schedule/cycle.hpp"

namespace ct::optim {

/// From the rate that each group has to swa_lr in anneal_epochs epochs, along half a cosine or a
/// line, and then swa_lr. With 0 epochs swa_lr at once.
/// Errors: ValueError for a rate that is negative or not finite, or fewer than 0 epochs
/// Source: arXiv:1803.05407, torch.optim.swa_utils.SWALR
class CT_API SWALR : public LRScheduler {
 public:
  SWALR(Optimizer& optimizer, double swa_lr, int64_t anneal_epochs = 10,
        AnnealStrategy anneal_strategy = AnnealStrategy::cos);

 protected:
  double next(size_t group, double lr) const override;
  double first(size_t group, double lr) const override;

 private:
  /// How far the rate has come after an epoch, from 0 to 1.
  double share(int64_t epoch) const;

  double swa_lr_;
  int64_t anneal_epochs_;
  AnnealStrategy strategy_;
};

}  // namespace ct::optim
