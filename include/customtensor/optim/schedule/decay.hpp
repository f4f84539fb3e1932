// Schedules that go one way: steps, powers, lines and half cosines. lr is the rate that a group
// has, e the epoch, base its initial rate. Errors of all: ValueError for arguments out of range.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "customtensor/optim/schedule/scheduler.hpp"

namespace ct::optim {

/// lr gamma every `step_size` epochs. Source: torch.optim.lr_scheduler.StepLR
class CT_API StepLR : public LRScheduler {
 public:
  StepLR(Optimizer& optimizer, int64_t step_size, double gamma = 0.1);

 protected:
  double next(size_t group, double lr) const override;

 private:
  int64_t step_size_;
  double gamma_;
};

/// lr gamma at each of the milestones. Source: torch.optim.lr_scheduler.MultiStepLR
class CT_API MultiStepLR : public LRScheduler {
 public:
  MultiStepLR(Optimizer& optimizer, std::vector<int64_t> milestones, double gamma = 0.1);

 protected:
  double next(size_t group, double lr) const override;

 private:
  std::vector<int64_t> milestones_;
  double gamma_;
};

/// lr gamma every epoch. Source: torch.optim.lr_scheduler.ExponentialLR
class CT_API ExponentialLR : public LRScheduler {
 public:
  ExponentialLR(Optimizer& optimizer, double gamma);

 protected:
  double next(size_t group, double lr) const override;

 private:
  double gamma_;
};

/// lr factor until epoch total_iters. Source: torch.optim.lr_scheduler.ConstantLR
class CT_API ConstantLR : public LRScheduler {
 public:
  explicit ConstantLR(Optimizer& optimizer, double factor = 1.0 / 3, int64_t total_iters = 5);

 protected:
  double next(size_t group, double lr) const override;
  double first(size_t group, double lr) const override;

 private:
  double factor_;
  int64_t total_iters_;
};

/// lr times a factor that goes in a line from start_factor to end_factor in total_iters epochs.
/// Source: torch.optim.lr_scheduler.LinearLR
class CT_API LinearLR : public LRScheduler {
 public:
  explicit LinearLR(Optimizer& optimizer, double start_factor = 1.0 / 3, double end_factor = 1.0,
                    int64_t total_iters = 5);

 protected:
  double next(size_t group, double lr) const override;
  double first(size_t group, double lr) const override;

 private:
  double start_, end_;
  int64_t total_iters_;
};

/// lr times (1 - e / total_iters)^power. Source: torch.optim.lr_scheduler.PolynomialLR
class CT_API PolynomialLR : public LRScheduler {
 public:
  explicit PolynomialLR(Optimizer& optimizer, int64_t total_iters = 5, double power = 1.0);

 protected:
  double next(size_t group, double lr) const override;

 private:
  int64_t total_iters_;
  double power_;
};

/// Along half a cosine from base to eta_min at epoch T_max, and back after.
/// Source: arXiv:1608.03983, torch.optim.lr_scheduler.CosineAnnealingLR
class CT_API CosineAnnealingLR : public LRScheduler {
 public:
  CosineAnnealingLR(Optimizer& optimizer, int64_t t_max, double eta_min = 0.0);

 protected:
  double next(size_t group, double lr) const override;

 private:
  int64_t t_max_;
  double eta_min_;
};

/// The same half cosine again and again, t_mult times as long each time; the first takes t_0.
/// Source: arXiv:1608.03983, torch.optim.lr_scheduler.CosineAnnealingWarmRestarts
class CT_API CosineAnnealingWarmRestarts : public LRScheduler {
 public:
  CosineAnnealingWarmRestarts(Optimizer& optimizer, int64_t t_0, int64_t t_mult = 1,
                              double eta_min = 0.0);
  void restart() override;

 protected:
  double next(size_t group, double lr) const override;
  void advance() override;
  std::vector<std::pair<const char*, double*>> extra() override;

 private:
  int64_t t_0_, t_mult_;
  double eta_min_;
  double t_i_, t_cur_ = 0;
};

/// base times a function of the epoch. Source: torch.optim.lr_scheduler.LambdaLR
class CT_API LambdaLR : public LRScheduler {
 public:
  using Function = std::function<double(int64_t epoch)>;
  LambdaLR(Optimizer& optimizer, const Function& function);
  /// One for each group.
  LambdaLR(Optimizer& optimizer, std::vector<Function> functions);

 protected:
  double next(size_t group, double lr) const override;
  double first(size_t group, double lr) const override;

 private:
  std::vector<Function> functions_;
};

/// lr times a function of the epoch. Source: torch.optim.lr_scheduler.MultiplicativeLR
class CT_API MultiplicativeLR : public LRScheduler {
 public:
  using Function = std::function<double(int64_t epoch)>;
  MultiplicativeLR(Optimizer& optimizer, const Function& function);
  MultiplicativeLR(Optimizer& optimizer, std::vector<Function> functions);

 protected:
  double next(size_t group, double lr) const override;

 private:
  std::vector<Function> functions_;
};

}  // namespace ct::optim
