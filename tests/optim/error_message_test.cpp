// What misuse of optimizers and schedules is answered with.
#include <gtest/gtest.h>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/optim.hpp"
#include "support/compare.hpp"

namespace ct::optim {
namespace {

using test::message_of;

Tensor leaf() { return ones({2}, {.requires_grad = true}); }

TEST(OptimizerMessage, StepSchedule) {
  EXPECT_EQ(message_of<ValueError>([] { step_lr(0.1, 3, 0, 0.5); }),
            "step_lr: step must not be negative and every at least 1: step 3, every 0");
}
TEST(OptimizerMessage, CosineSchedule) {
  EXPECT_EQ(message_of<ValueError>([] { cosine_lr(0.1, -1, 10); }),
            "cosine_lr: step must not be negative and total at least 1: step -1, total 10");
}
TEST(OptimizerMessage, Nesterov) {
  EXPECT_EQ(message_of<ValueError>([] { SGD(Tensors{leaf()}, {.nesterov = true}); }),
            "SGD: nesterov needs momentum above 0 and dampening 0");
}
TEST(OptimizerMessage, Parameters) {
  const Tensor w = leaf();
  EXPECT_EQ(message_of<ValueError>([&] {
              SGD optimizer(Tensors{w, w});
            }),
            "SGD: parameter 1 was given before; give each once");
  EXPECT_EQ(message_of<ValueError>([] { SGD optimizer(Tensors{Tensor()}); }),
            "SGD: parameter 0 is an undefined tensor");
  EXPECT_EQ(message_of<ValueError>([] { SGD optimizer(Tensors{arange(3)}); }),
            "SGD: parameter 0 must be floating: it is int64");
  EXPECT_EQ(message_of<ValueError>([&] { SGD optimizer(Tensors{w * 2}); }),
            "SGD: parameter 0 is the result of mul, not a leaf; give the tensor that it was made "
            "from");
}
TEST(OptimizerMessage, LoadStateDict) {
  SGD optimizer(Tensors{leaf()}, {.lr = 0.5});
  StateDict state = optimizer.state_dict();
  state.insert("extra", ones({1}));
  EXPECT_EQ(message_of<ValueError>([&] { optimizer.load_state_dict(state); }),
            "load_state_dict: names or shapes do not fit SGD:\n  unexpected: extra (1)");
}

}  // namespace
}  // namespace ct::optim
