// Optimizers and schedules by name.
#include "customtensor/train/choices.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "customtensor/customtensor.hpp"
#include "support/compare.hpp"

namespace ct::train {
namespace {

using test::message_of;
using ::testing::ElementsAre;

Tensors one_parameter() { return {ones({2}, {.requires_grad = true})}; }

TEST(Choices, EveryOptimizerThatIsListedCanBeMade) {
  EXPECT_THAT(optimizer_names(), ElementsAre("adam", "sgd"));
  for (const std::string& name : optimizer_names()) {
    EXPECT_EQ(make_optimizer(name, one_parameter(), {.lr = 0.5})->lr(), 0.5) << name;
  }
}

TEST(Choices, AnOptimizerIsTheOneOfItsName) {
  EXPECT_NE(dynamic_cast<optim::Adam*>(make_optimizer("adam", one_parameter()).get()), nullptr);
  const auto sgd = make_optimizer("sgd", one_parameter(), {.weight_decay = 0.25});
  ASSERT_NE(dynamic_cast<optim::SGD*>(sgd.get()), nullptr);
  EXPECT_EQ(sgd->state_dict().at("param_groups.0.momentum").item<double>(), 0.9);
  EXPECT_EQ(sgd->state_dict().at("param_groups.0.weight_decay").item<double>(), 0.25);
}

TEST(Choices, AnUnknownOptimizerIsAnErrorThatListsThoseThereAre) {
  EXPECT_EQ(message_of<ValueError>([] { make_optimizer("adm", one_parameter()); }),
            "optimizer: unknown 'adm'; use adam or sgd");
}

TEST(Choices, AScheduleIsTheOneOfItsName) {
  EXPECT_THAT(schedule_names(), ElementsAre("constant", "cosine"));
  EXPECT_EQ(make_schedule("constant")(0.1, 70, 100), 0.1);
  EXPECT_EQ(make_schedule("cosine")(0.1, 70, 100), optim::cosine_lr(0.1, 70, 100));
}

TEST(Choices, AnUnknownScheduleIsAnErrorThatListsThoseThereAre) {
  EXPECT_EQ(message_of<ValueError>([] { make_schedule("cosin"); }),
            "schedule: unknown 'cosin'; use constant or cosine");
}

}  // namespace
}  // namespace ct::train
