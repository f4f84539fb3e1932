// The schedules' values at a few steps, and impossible arguments.
#include "customtensor/optim/lr_scheduler.hpp"

#include <gtest/gtest.h>

#include "customtensor/error.hpp"

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

}  // namespace
}  // namespace ct::optim
