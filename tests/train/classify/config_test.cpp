// Checks, JSON and comparison of a run's config.
#include "customtensor/train/config.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "customtensor/error.hpp"
#include "customtensor/train/choices.hpp"
#include "support/compare.hpp"

namespace ct::train {
namespace {

using ::testing::AllOf;
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
  config.optimizer = "lbfgs";
  EXPECT_THAT(message_of(config), HasSubstr("--optimizer is \"lbfgs\": must be adadelta, "));
  EXPECT_THAT(message_of(config), HasSubstr("rprop or sgd"));
  config = valid();
  config.limit = -5;
  EXPECT_THAT(message_of(config), HasSubstr("--limit is -5"));
  config = valid();
  config.schedule = "plateau";
  EXPECT_THAT(message_of(config), HasSubstr("--schedule is \"plateau\": must be constant, "));
  EXPECT_THAT(message_of(config), HasSubstr("step or warmup_cosine"));
}

TEST(ClassifyConfig, RefusesADecayOfWeightsWhereTheOptimizerHasNone) {
  auto config = valid();
  config.optimizer = "rprop";
  config.weight_decay = 0.1;
  EXPECT_EQ(message_of(config),
            "classify: --weight-decay is 0.1: must be 0 with rprop, which has none");
}

TEST(ClassifyConfig, TakesEveryOptimizerAndScheduleThereIs) {
  auto config = valid();
  for (const std::string& name : optimizer_names()) {
    set_field(config, "optimizer", name);
    EXPECT_NO_THROW(validate(config)) << name;
    EXPECT_EQ(parse_classify_config(to_json(config)).optimizer, name);
  }
  for (const std::string& name : schedule_names()) {
    set_field(config, "schedule", name);
    EXPECT_NO_THROW(validate(config)) << name;
    EXPECT_EQ(parse_classify_config(to_json(config)).schedule, name);
  }
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

/// What is said of a config of this one field.
std::string complaint(const std::string& field) {
  return test::message_of<IoError>([&] { parse_classify_config("{" + field + "}"); });
}

TEST(ClassifyConfig, EveryFieldOfItsJsonHasAKindAndARange) {
  const std::pair<const char*, const char*> kFields[] = {
      {"epochs", "a whole number from 1 to 1000000000"},
      {"batch_size", "a whole number from 1 to 2147483647"},
      {"seed", "a whole number from 0 to 18446744073709551615"},
      {"limit", "a whole number from 0 to 9223372036854775807"},
      {"workers", "a whole number from 0 to 64"},
      {"log_steps", "a whole number from 1 to 9223372036854775807"},
      {"max_pixels", "a whole number from 1 to 1073741824"},
      {"max_idx_bytes", "a whole number from 1 to 9223372036854775807"}};
  for (const auto& [name, range] : kFields) {
    for (const char* wrong : {"-1", "1.0", "1e2", "true", "null", "\"1\"", "[1]",
                              "18446744073709551616", "99999999999999999999"}) {
      EXPECT_THAT(complaint(fmt::format("\"{}\":{}", name, wrong)),
                  AllOf(HasSubstr(fmt::format("{} is ", name)), HasSubstr(range)))
          << name << " " << wrong;
    }
  }
  EXPECT_EQ(
      complaint("\"batch_size\":4294967360"),
      "config: not the JSON of a classify run: batch_size is 4294967360: must be a whole number "
      "from 1 to 2147483647");
  for (const char* name : {"lr", "weight_decay"}) {
    for (const char* wrong : {"-1", "true", "null", "\"1\"", "1e999"}) {
      EXPECT_THAT(complaint(fmt::format("\"{}\":{}", name, wrong)), HasSubstr("config: not"));
    }
  }
  for (const char* name : {"data", "model", "optimizer", "schedule", "device"}) {
    EXPECT_THAT(complaint(fmt::format("\"{}\":1", name)), HasSubstr("must be a text"));
  }
  EXPECT_THAT(complaint("\"linear_light\":1"), HasSubstr("must be true or false"));
}

TEST(ClassifyConfig, AFieldIsKnownAndComesOnce) {
  EXPECT_EQ(complaint("\"momentum\":0.9"),
            "config: not the JSON of a classify run: key 'momentum' is no setting of a run");
  EXPECT_THAT(complaint("\"lr\":0.1,\"lr\":0.2"), HasSubstr("\"lr\" twice"));
}

TEST(ClassifyConfig, OneOfBeforeThereWasAChoiceMeansLinearLight) {
  EXPECT_TRUE(parse_classify_config("{}").linear_light);
  EXPECT_FALSE(parse_classify_config(to_json(valid())).linear_light);
  auto now = valid(), before = valid();
  before.linear_light = true;
  EXPECT_THAT(resume_conflicts(now, before), ElementsAre()) << "nothing is stretched";
  now.data = before.data = "images:x";
  EXPECT_THAT(resume_conflicts(now, before),
              ElementsAre("--linear-light: false now, true in the checkpoint"));
}

/// What is said of `text` as the value of a field.
std::string said_of(const std::string& name, const std::string& text) {
  ClassifyConfig config;
  return test::message_of<UsageError>([&] { set_field(config, name, text); });
}

TEST(ClassifyConfig, AFlagsTextIsAllOfANumberThatFits) {
  EXPECT_EQ(
      said_of("epochs", "99999999999999999999"),
      "classify: --epochs is 99999999999999999999: must be a whole number from 1 to 1000000000");
  EXPECT_EQ(said_of("batch_size", "4294967360"),
            "classify: --batch-size is 4294967360: must be a whole number from 1 to 2147483647");
  EXPECT_EQ(said_of("seed", "18446744073709551616"),
            "classify: --seed is 18446744073709551616: must be a whole number from 0 to "
            "18446744073709551615");
  EXPECT_EQ(said_of("lr", "1e999"), "classify: --lr is 1e999: must be a number above 0");
  EXPECT_EQ(said_of("lr", "1e-999"), "classify: --lr is 1e-999: must be a number above 0");
  EXPECT_EQ(said_of("weight_decay", "-0.1"),
            "classify: --weight-decay is -0.1: must be a number of 0 or more");
  for (const char* name : {"epochs", "batch_size", "seed", "limit", "workers", "log_steps",
                           "max_pixels", "max_idx_bytes"}) {
    for (const char* wrong :
         {"-1", "three", "1.5", "1e3", "0x10", " 1", "1 ", "", "+1", "99999999999999999999999"}) {
      EXPECT_THAT(said_of(name, wrong), HasSubstr("must be a whole number from")) << name << wrong;
    }
  }
  for (const char* wrong : {"nan", "inf", "-inf", "1,5", "0.1x", "", "1e"}) {
    EXPECT_THAT(said_of("lr", wrong), HasSubstr("must be a number above 0")) << wrong;
    EXPECT_THAT(said_of("weight_decay", wrong), HasSubstr("a number of 0 or more")) << wrong;
  }
  EXPECT_EQ(said_of("linear_light", "yes"),
            "classify: --linear-light is yes: must be true or false");
}

TEST(ClassifyConfig, AFieldIsItsTextAgain) {
  ClassifyConfig config;
  const std::pair<const char*, const char*> kTexts[] = {{"epochs", "1000000000"},
                                                        {"seed", "18446744073709551615"},
                                                        {"lr", "0.1"},
                                                        {"weight_decay", "0"},
                                                        {"model", "mlp"},
                                                        {"linear_light", "true"},
                                                        {"workers", "064"}};
  for (const auto& [name, text] : kTexts) {
    set_field(config, name, text);
    EXPECT_EQ(field_text(config, name), name == std::string("workers") ? "64" : text);
  }
  EXPECT_EQ(test::message_of<ValueError>([&] { set_field(config, "momentum", "1"); }),
            "classify: a run has no setting \"momentum\"");
}

TEST(ParseWhole, NamesCommandFlagValueAndRange) {
  EXPECT_EQ(parse_whole("predict", "--top", "3", 1, 5), 3);
  EXPECT_EQ(test::message_of<UsageError>([] { parse_whole("predict", "--top", "6", 1, 5); }),
            "predict: --top is 6: must be a whole number from 1 to 5");
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
