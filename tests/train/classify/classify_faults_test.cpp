// What a classification run does when something around it is wrong: a damaged checkpoint, a report
// that cannot be written, more classes than a report can show, files beyond the limits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "customtensor/error.hpp"
#include "support/png_bytes.hpp"
#include "train/classify/classify_run.hpp"

namespace ct::train {
namespace {

namespace fs = std::filesystem;
using test::figures;
using test::read_file;
using ::testing::HasSubstr;

using ClassifyFaults = test::ClassifyTest;

TEST_F(ClassifyFaults, GoesOnFromTheCheckpointBeforeADamagedOneBitForBit) {
  classify(options("whole"));
  auto o = options("run");
  int64_t left = 9;
  o.should_stop = [&left] { return --left == 0; };
  EXPECT_TRUE(classify(o).interrupted);
  fs::resize_file(root_ / "run/checkpoint.safetensors", 300);
  o.should_stop = {};
  o.resume = true;
  std::vector<std::string> warnings;
  o.on_warning = [&](const std::string& text) { warnings.push_back(text); };
  EXPECT_EQ(checkpoint_config(o.out), o.config);
  classify(o);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_THAT(warnings[0],
              HasSubstr("going on from " + (o.out / "checkpoint.1.safetensors").string()));
  EXPECT_EQ(read_file(root_ / "whole/model.safetensors"),
            read_file(root_ / "run/model.safetensors"));
  EXPECT_EQ(figures(root_ / "whole"), figures(root_ / "run"));
}

TEST_F(ClassifyFaults, KeepsSoManyCheckpoints) {
  auto o = options("run");
  o.checkpoint_steps = 2;
  o.keep = 3;
  classify(o);
  EXPECT_TRUE(fs::exists(root_ / "run/checkpoint.2.safetensors"));
  EXPECT_FALSE(fs::exists(root_ / "run/checkpoint.3.safetensors"));
  o.overwrite = true;
  o.keep = 1;
  classify(o);
  EXPECT_FALSE(fs::exists(root_ / "run/checkpoint.1.safetensors"));
  o.keep = 0;
  EXPECT_EQ(error_of<UsageError>(o),
            "classify: --keep is 0: must be a whole number from 1 to 1000");
}

TEST_F(ClassifyFaults, AReportThatFailsCostsNothingButItself) {
  auto o = options("run");
  fs::create_directories(root_ / "run/report.html");  // cannot be replaced by a file
  o.overwrite = true;
  o.profile = true;
  std::vector<std::string> warnings;
  // Made again after --overwrite has cleared the folder, together with the trace's.
  o.on_record = [&](const MetricsRecord&) {
    fs::create_directories(root_ / "run/report.html");
    fs::create_directories(root_ / "run/trace.json");
  };
  o.on_warning = [&](const std::string& text) { warnings.push_back(text); };
  const auto result = classify(o);
  EXPECT_FALSE(result.interrupted);
  EXPECT_FALSE(result.profile.empty());
  EXPECT_TRUE(fs::is_regular_file(root_ / "run/model.safetensors"));
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_THAT(warnings[0], HasSubstr("classify: the report could not be written: AtomicFile: file "
                                     "cannot be replaced: "));
  EXPECT_THAT(warnings[1], HasSubstr("classify: the profile could not be written: "));
}

TEST_F(ClassifyFaults, ManyClassesAreTrainedAndReported) {
  // 600 folders of one picture each.
  for (int i = 0; i < 600; ++i) {
    for (const char* split : {"train", "test"}) {
      const auto shade = static_cast<char>(i % 256);
      test::write_file(root_ / "many" / split / ("class " + std::to_string(i)) / "x.png",
                       test::png_of({}, test::deflated(std::string({'\0', shade}))));
    }
  }
  auto o = options("run");
  o.config.data = "images:" + (root_ / "many").string();
  o.config.epochs = 1;
  o.config.batch_size = 100;
  std::vector<std::string> warnings;
  o.on_warning = [&](const std::string& text) { warnings.push_back(text); };
  classify(o);
  EXPECT_TRUE(warnings.empty());
  EXPECT_LT(fs::file_size(root_ / "run/report.html"), 1U << 20);
  EXPECT_LT(fs::file_size(root_ / "run/confusion.png"), 4U << 20);
  EXPECT_THAT(read_file(root_ / "run/report.html"), HasSubstr("600 classes are too many"));
}

TEST_F(ClassifyFaults, TheLimitsOfFilesAreSettings) {
  auto o = options("run");
  o.config.max_idx_bytes = 44 * 64 - 1;
  EXPECT_THAT(error_of<IoError>(o), HasSubstr("max_bytes is 2815"));
  test::write_file(root_ / "set/train/a/x.png",
                   test::png_of({.height = 2}, test::deflated(std::string(4, '\0'))));
  test::write_file(root_ / "set/test/a/x.png",
                   test::png_of({.height = 2}, test::deflated(std::string(4, '\0'))));
  o.config.data = "images:" + (root_ / "set").string();
  o.config.max_pixels = 1;
  EXPECT_THAT(error_of<IoError>(o), HasSubstr("the picture has too many pixels"));
}

}  // namespace
}  // namespace ct::train
