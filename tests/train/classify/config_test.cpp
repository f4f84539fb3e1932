// Checks, JSON and comparison of a run's config.
#include "customtensor/train/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "customtensor/error.hpp"

namespace ct::train {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ClassifyConfig valid() {
  ClassifyConfig config;
  config.data = "fashion-mnist";
  return config;
}

std::string message_of(const ClassifyConfig& config) {
  try {
    validate(config);
  } catch (const UsageError& e) {
    return e.what();
  }
  return "";
}

TEST(ClassifyConfig, TheDefaultsAreValid) { EXPECT_EQ(message_of(valid()), ""); }

TEST(ClassifyConfig, AnUnknownModelListsThoseThereAre) {
  auto config = valid();
  config.model = "vgg";
  EXPECT_EQ(message_of(config), "classify: --model is \"vgg\": must be one of mlp, cnn, resnet18");
}

TEST(ClassifyConfig, ValuesOutOfRangeNameTheirFlag) {
  auto config = valid();
  config.epochs = 0;
  EXPECT_THAT(message_of(config), HasSubstr("--epochs is 0"));
  config = valid();
  config.batch_size = -1;
  EXPECT_THAT(message_of(config), HasSubstr("--batch-size is -1"));
  config = valid();
  config.lr = 0;
  EXPECT_THAT(message_of(config), HasSubstr("--lr is 0"));
  config = valid();
  config.optimizer = "lion";
  EXPECT_THAT(message_of(config), HasSubstr("adam or sgd"));
  config = valid();
  config.limit = -5;
  EXPECT_THAT(message_of(config), HasSubstr("--limit is -5"));
  config = valid();
  config.schedule = "linear";
  EXPECT_THAT(message_of(config), HasSubstr("constant or cosine"));
}

TEST(ClassifyConfig, ReadsBackFromItsJson) {
  auto config = valid();
  config.lr = 0.1;
  config.seed = 18446744073709551615ULL;
  config.model = "mlp";
  EXPECT_EQ(parse_classify_config(to_json(config)), config);
}

TEST(ClassifyConfig, RejectsJsonOfAnotherKind) {
  EXPECT_THROW(parse_classify_config("{\"epochs\": \"three\"}"), IoError);
  EXPECT_THROW(parse_classify_config("not json"), IoError);
}

TEST(ClassifyConfig, ConflictsListEveryFieldThatDiffers) {
  auto now = valid();
  now.lr = 0.01;
  now.batch_size = 32;
  EXPECT_THAT(resume_conflicts(now, valid()),
              ElementsAre("--batch-size: 32 now, 64 in the checkpoint",
                          "--lr: 0.01 now, 0.001 in the checkpoint"));
}

TEST(ClassifyConfig, MoreEpochsAreNoConflictUnderAConstantRate) {
  auto now = valid();
  now.epochs = 10;
  now.device = "custom_gpu";
  now.workers = 3;
  EXPECT_THAT(resume_conflicts(now, valid()), ElementsAre());
}

TEST(ClassifyConfig, MoreEpochsAreAConflictUnderTheCosine) {
  auto now = valid(), before = valid();
  now.schedule = before.schedule = "cosine";
  now.epochs = 10;
  EXPECT_THAT(resume_conflicts(now, before), ElementsAre("--epochs: 10 now, 3 in the checkpoint"));
}

}  // namespace
}  // namespace ct::train
