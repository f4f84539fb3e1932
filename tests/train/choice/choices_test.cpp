// Optimizers and schedules by name.
#include "customtensor/train/choices.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "customtensor/customtensor.hpp"
#include "support/compare.hpp"

namespace ct::train {
namespace {

using test::message_of;
using test::near;
using ::testing::ElementsAre;

Tensors one_parameter() { return {ones({2}, {.requires_grad = true})}; }

TEST(Choices, EveryOptimizerThatIsListedCanBeMadeAndSteps) {
  EXPECT_THAT(optimizer_names(),
              ElementsAre("adadelta", "adafactor", "adagrad", "adam", "adamax", "adamw", "asgd",
                          "lamb", "lion", "nadam", "radam", "rmsprop", "rprop", "sgd"));
  for (const std::string& name : optimizer_names()) {
    const Tensors parameters = one_parameter();
    const auto optimizer = make_optimizer(name, parameters, {.lr = 0.5});
    EXPECT_EQ(optimizer->lr(), 0.5) << name;
    parameters[0].square().sum().backward();
    optimizer->step();
    EXPECT_LT(parameters[0].detach().amax().item<float>(), 1.0F) << name;
  }
}

template <class O>
void is_the_one(const char* name) {
  EXPECT_NE(dynamic_cast<O*>(make_optimizer(name, one_parameter()).get()), nullptr) << name;
}

TEST(Choices, AnOptimizerIsTheOneOfItsName) {
  is_the_one<optim::Adadelta>("adadelta");
  is_the_one<optim::Adafactor>("adafactor");
  is_the_one<optim::Adagrad>("adagrad");
  is_the_one<optim::Adam>("adam");
  is_the_one<optim::Adamax>("adamax");
  is_the_one<optim::AdamW>("adamw");
  is_the_one<optim::ASGD>("asgd");
  is_the_one<optim::LAMB>("lamb");
  is_the_one<optim::Lion>("lion");
  is_the_one<optim::NAdam>("nadam");
  is_the_one<optim::RAdam>("radam");
  is_the_one<optim::RMSprop>("rmsprop");
  is_the_one<optim::Rprop>("rprop");
  is_the_one<optim::SGD>("sgd");
  const auto sgd = make_optimizer("sgd", one_parameter());
  EXPECT_EQ(sgd->state_dict().at("param_groups.0.momentum").item<double>(), 0.9);
}

TEST(Choices, EveryOptimizerDecaysAsItIsTold) {
  for (const std::string& name : optimizer_names()) {
    if (name == "rprop") continue;
    const auto optimizer = make_optimizer(name, one_parameter(), {.weight_decay = 0.25});
    EXPECT_EQ(optimizer->state_dict().at("param_groups.0.weight_decay").item<double>(), 0.25)
        << name;
  }
  EXPECT_EQ(message_of<ValueError>(
                [] { make_optimizer("rprop", one_parameter(), {.weight_decay = 0.25}); }),
            "optimizer: rprop has no weight decay: it is 0.25");
}

TEST(Choices, AnUnknownOptimizerIsAnErrorThatListsThoseThereAre) {
  EXPECT_EQ(
      message_of<ValueError>([] { make_optimizer("adm", one_parameter()); }),
      "optimizer: unknown 'adm'; use adadelta, adafactor, adagrad, adam, adamax, adamw, asgd, "
      "lamb, lion, nadam, radam, rmsprop, rprop or sgd");
}

TEST(Choices, AScheduleIsTheOneOfItsName) {
  EXPECT_THAT(schedule_names(), ElementsAre("constant", "cosine", "cosine_restarts", "cyclic",
                                            "exponential", "linear", "multi_step", "one_cycle",
                                            "polynomial", "step", "warmup_cosine"));
  const auto rates = [](const char* name, const std::vector<int64_t>& steps) {
    std::vector<double> all;
    for (const int64_t step : steps) all.push_back(make_schedule(name)(0.1, step, 700));
    return tensor(all);
  };
  const double half = optim::cosine_lr(0.1, 70, 630);
  EXPECT_EQ(make_schedule("constant")(0.1, 70, 100), 0.1);
  EXPECT_EQ(make_schedule("cosine")(0.1, 70, 100), optim::cosine_lr(0.1, 70, 100));
  EXPECT_TRUE(near(rates("cosine_restarts", {0, 50, 100, 200, 300, 500, 700}),
                   {0.1, 0.05, 0.1, 0.05, 0.1, 0.05, 0.1}, 1e-12));
  EXPECT_TRUE(near(rates("exponential", {0, 350, 700}), {0.1, 0.01, 0.001}, 1e-12));
  EXPECT_TRUE(near(rates("linear", {0, 175, 350, 700}), {0.1, 0.075, 0.05, 0}, 1e-12));
  EXPECT_TRUE(near(rates("multi_step", {349, 350, 524, 525}), {0.1, 0.01, 0.01, 0.001}, 1e-12));
  EXPECT_TRUE(near(rates("polynomial", {0, 350, 700}), {0.1, 0.025, 0}, 1e-12));
  EXPECT_TRUE(near(rates("step", {0, 233, 234, 467, 468}), {0.1, 0.1, 0.01, 0.01, 0.001}, 1e-12));
  EXPECT_TRUE(near(rates("warmup_cosine", {0, 35, 70, 140}),
                   {0.1 / 71, 0.1 * (1.0 / 71 + 35.0 / 70 * 70 / 71), 0.1, half}, 1e-12));
}

TEST(Choices, CyclesAreThoseOfTheirScheduleObjects) {
  constexpr int64_t kSteps = 80;
  const Tensors p = one_parameter();
  optim::SGD one(p), other(p);
  optim::OneCycleLR cycle(one, 0.1, {.total_steps = kSteps, .cycle_momentum = false});
  optim::CyclicLR cyclic(other, 0.01, 0.1, {.step_size_up = kSteps / 8, .cycle_momentum = false});
  for (int64_t step = 0; step < kSteps; ++step) {
    EXPECT_NEAR(make_schedule("one_cycle")(0.1, step, kSteps), one.lr(), 1e-12) << step;
    EXPECT_NEAR(make_schedule("cyclic")(0.1, step, kSteps), other.lr(), 1e-12) << step;
    if (step + 1 < kSteps) cycle.step();
    cyclic.step();
  }
}

TEST(Choices, ScheduleRatesAreFiniteInRunsOfAFewSteps) {
  for (const std::string& name : schedule_names()) {
    for (int64_t steps = 1; steps < 12; ++steps) {
      for (int64_t step = 0; step < steps; ++step) {
        const double rate = make_schedule(name)(0.1, step, steps);
        EXPECT_TRUE(rate >= 0 && rate <= 0.1 + 1e-15) << name << ' ' << step << ' ' << steps;
      }
    }
  }
}

TEST(Choices, AnUnknownScheduleIsAnErrorThatListsThoseThereAre) {
  EXPECT_EQ(
      message_of<ValueError>([] { make_schedule("cosin"); }),
      "schedule: unknown 'cosin'; use constant, cosine, cosine_restarts, cyclic, exponential, "
      "linear, multi_step, one_cycle, polynomial, step or warmup_cosine");
}

}  // namespace
}  // namespace ct::train
