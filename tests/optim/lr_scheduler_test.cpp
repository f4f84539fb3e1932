// The schedules' values at a few steps, and impossible arguments.
#include "customtensor/optim/lr_scheduler.hpp"

#include <gtest/gtest.h>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/optim.hpp"
#include "support/compare.hpp"

namespace ct::optim {
namespace {

TEST(LrScheduler, StepsDownEverySoOften) {
  EXPECT_DOUBLE_EQ(step_lr(0.5, 0, 3), 0.5);
  EXPECT_DOUBLE_EQ(step_lr(0.5, 2, 3), 0.5);
  EXPECT_DOUBLE_EQ(step_lr(0.5, 3, 3), 0.05);
  EXPECT_DOUBLE_EQ(step_lr(0.5, 6, 3, 0.5), 0.125);
}

TEST(LrScheduler, FollowsHalfACosine) {
  EXPECT_DOUBLE_EQ(cosine_lr(2.0, 0, 10), 2.0);
  EXPECT_DOUBLE_EQ(cosine_lr(2.0, 5, 10), 1.0);
  EXPECT_DOUBLE_EQ(cosine_lr(2.0, 10, 10), 0.0);
  EXPECT_DOUBLE_EQ(cosine_lr(2.0, 99, 10, 0.5), 0.5);
  EXPECT_DOUBLE_EQ(cosine_lr(2.0, 5, 10, 1.0), 1.5);
}

TEST(LrScheduler, RejectsImpossibleSteps) {
  EXPECT_THROW(step_lr(1, -1, 3), ValueError);
  EXPECT_THROW(step_lr(1, 1, 0), ValueError);
  EXPECT_THROW(cosine_lr(1, -1, 3), ValueError);
  EXPECT_THROW(cosine_lr(1, 1, 0), ValueError);
}

/// What a schedule's object does to a rate of 0.5 in 50 epochs, against the function.
template <class Schedule, class F, class... Args>
void expect_same(const F& function, const Args&... args) {
  const Tensor p = zeros({1}, {.requires_grad = true});
  SGD optimizer({p}, {.lr = 0.5});
  Schedule schedule(optimizer, args...);
  for (int64_t step = 0; step < 50; ++step, schedule.step()) {
    EXPECT_NEAR(function(step), optimizer.lr(), 1e-12) << "step " << step;
  }
}

TEST(LrScheduler, FunctionsAreWhatTheObjectsDo) {
  const std::vector<int64_t> milestones = {3, 10, 10, 30};
  expect_same<StepLR>([](int64_t e) { return step_lr(0.5, e, 7, 0.3); }, 7, 0.3);
  expect_same<MultiStepLR>([&](int64_t e) { return multi_step_lr(0.5, e, milestones, 0.4); },
                           milestones, 0.4);
  expect_same<ExponentialLR>([](int64_t e) { return exponential_lr(0.5, e, 0.93); }, 0.93);
  expect_same<ConstantLR>([](int64_t e) { return constant_lr(0.5, e, 0.25, 8); }, 0.25, 8);
  expect_same<LinearLR>([](int64_t e) { return linear_lr(0.5, e, 0.25, 0.75, 8); }, 0.25, 0.75, 8);
  expect_same<PolynomialLR>([](int64_t e) { return polynomial_lr(0.5, e, 60, 2.5); }, 60, 2.5);
  for (const int64_t times : {1, 2, 3}) {
    expect_same<CosineAnnealingWarmRestarts>(
        [&](int64_t e) { return cosine_restarts_lr(0.5, e, 4, times, 0.01); }, 4, times, 0.01);
  }
}

TEST(LrScheduler, SaysWhichCountIsImpossible) {
  EXPECT_EQ(test::message_of<ValueError>([] { polynomial_lr(1, 3, 0); }),
            "polynomial_lr: step must not be negative and total at least 1: step 3, total 0");
  EXPECT_THROW(multi_step_lr(1, -1, {}), ValueError);
  EXPECT_THROW(exponential_lr(1, -1, 0.5), ValueError);
  EXPECT_THROW(constant_lr(1, 0, 0.5, -1), ValueError);
  EXPECT_THROW(linear_lr(1, 0, 0.5, 1, 0), ValueError);
  EXPECT_THROW(cosine_restarts_lr(1, 0, 0), ValueError);
  EXPECT_THROW(cosine_restarts_lr(1, 0, 1, 0), ValueError);
}

}  // namespace
}  // namespace ct::optim
