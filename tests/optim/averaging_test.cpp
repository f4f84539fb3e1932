// Averages of weights, and the schedule that goes with them.
#include "customtensor/optim/averaging.hpp"

#include <gtest/gtest.h>

#include "conformance/devices.hpp"
#include "customtensor/error.hpp"
#include "customtensor/nn.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/optim.hpp"
#include "customtensor/optim/schedule/swa.hpp"
#include "support/compare.hpp"

namespace ct::optim {
namespace {

using test::message_of;

struct Model : nn::Module {
  Tensor weight = zeros({3}, {.requires_grad = true}), running = zeros({2}),
         batches = zeros({}, {.dtype = int64});
  void members(nn::Members& m) override {
    m("weight", weight);
    m.buffer("running", running);
    m.buffer("batches", batches);
  }
  Tensor forward(const Tensor& x) override { return x * weight; }
  void set(double value) {
    const NoGradGuard off;
    weight.fill_(value);
    running.fill_(10 * value);
    batches.fill_(static_cast<int64_t>(value));
  }
};

class Averaging : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!test::device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
    model_.to(Device(GetParam()));
  }
  template <class A>
  void feed(A& average, std::initializer_list<double> values) {
    for (const double value : values) {
      model_.set(value);
      average.update_parameters(model_);
    }
  }
  Model model_;
};

TEST_P(Averaging, OfStochasticWeightsIsTheMeanOfAll) {
  AveragedModel average(model_);
  feed(average, {1, 2, 6});
  EXPECT_TRUE(test::near(average.module.weight, {3, 3, 3}, 1e-6));
  EXPECT_TRUE(test::near(average.module.running, {60, 60}, 0));
  EXPECT_EQ(average.module.batches.item<int64_t>(), 6);
  EXPECT_EQ(average.n_averaged.item<int64_t>(), 3);
  EXPECT_TRUE(test::near(model_.weight, {6, 6, 6}, 0));
  EXPECT_TRUE(test::near(average(ones({3}, model_.device())), {3, 3, 3}, 1e-6));
}

TEST_P(Averaging, ThatForgetsWeighsTheNewest) {
  AveragedModel average(model_, {.decay = 0.75, .use_buffers = true});
  feed(average, {1, 2, 6});
  EXPECT_TRUE(test::near(average.module.weight, std::vector<double>(3, 2.4375), 1e-6));
  EXPECT_TRUE(test::near(average.module.running, std::vector<double>(2, 24.375), 1e-5));
  EXPECT_EQ(average.module.batches.item<int64_t>(), 6);
}

TEST_P(Averaging, GoesOnFromItsState) {
  AveragedModel whole(model_), first(model_), second(model_);
  feed(whole, {1, 2, 6, 7});
  feed(first, {1, 2});
  second.load_state_dict(first.state_dict());
  EXPECT_TRUE(first.state_dict().contains("module.weight"));
  feed(second, {6, 7});
  EXPECT_EQ(second.module.weight.to_vector<float>(), whole.module.weight.to_vector<float>());
}

INSTANTIATE_TEST_SUITE_P(Devices, Averaging, ::testing::Values("cpu", "custom_gpu"),
                         [](const auto& p) { return p.param; });

TEST(AveragingMessages, WhatCannotBeAveraged) {
  const Tensors one = {zeros({2})}, other = {zeros({3})};
  EXPECT_EQ(message_of<ValueError>([&] { average_(one, {}, 0.5); }),
            "average_: 1 tensors are averaged and 0 were given");
  EXPECT_EQ(message_of<ValueError>([&] { average_(one, one, 1.5); }),
            "average_: weight must be in [0, 1]: 1.5");
  EXPECT_EQ(message_of<ShapeError>([&] { average_(one, other, 0.5); }),
            "average_: tensor 0 has shape (2), that given (3)");
  EXPECT_EQ(message_of<ValueError>([&] { AveragedModel(Model(), {.decay = 2}); }),
            "AveragedModel: decay must be in [0, 1]: 2");
}

/// torch.optim.swa_utils.SWALR of PyTorch 2.13.
TEST(Schedule, SwaGoesToItsRateAndStays) {
  const auto rates = [](int64_t epochs, AnnealStrategy strategy) {
    const Tensor p = zeros({1}, {.requires_grad = true});
    SGD optimizer({p}, {.lr = 0.5});
    SWALR schedule(optimizer, 0.05, epochs, strategy);
    std::vector<double> all;
    for (int epoch = 0; epoch < 6; ++epoch, schedule.step()) all.push_back(optimizer.lr());
    return tensor(all);
  };
  EXPECT_TRUE(test::near(rates(4, AnnealStrategy::cos),
                         {0.5, 0.4340990257669732, 0.275, 0.11590097423302682, 0.05, 0.05}, 1e-12));
  EXPECT_TRUE(
      test::near(rates(3, AnnealStrategy::linear), {0.5, 0.35, 0.2, 0.05, 0.05, 0.05}, 1e-12));
  EXPECT_TRUE(test::near(rates(0, AnnealStrategy::cos), std::vector<double>(6, 0.05), 1e-12));
  const Tensor p = zeros({1}, {.requires_grad = true});
  SGD optimizer({p});
  EXPECT_EQ(
      message_of<ValueError>([&] { SWALR(optimizer, -1, 3); }),
      "SWALR: swa_lr must be at least 0 and finite, and anneal_epochs not negative: -1 and 3");
}

}  // namespace
}  // namespace ct::optim
