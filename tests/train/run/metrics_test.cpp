// Lines of metrics.jsonl.
#include "customtensor/train/metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "customtensor/error.hpp"
#include "support/scratch_folder.hpp"

namespace ct::train {
namespace {

class MetricsTest : public ::testing::Test {
 protected:
  std::string file() const {
    std::ifstream in(path_);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  test::ScratchFolder scratch_;
  std::filesystem::path path_ = scratch_ / "metrics.jsonl";
};

const MetricsRecord kRecord{.epoch = 2,
                            .step = 1876,
                            .split = "test",
                            .loss = 0.25,
                            .accuracy = 0.9,
                            .images_per_second = 2800,
                            .seconds = 42.5};

TEST_F(MetricsTest, ALineHoldsTheSevenFieldsInOrder) {
  EXPECT_EQ(to_json(kRecord), R"({"epoch":2,"step":1876,"split":"test","loss":0.25,"accuracy":0.9,)"
                              R"("images_per_second":2800.0,"seconds":42.5})");
}

TEST_F(MetricsTest, ALineReadsBackToTheSameRecord) {
  const MetricsRecord back = parse_metrics_record(to_json(kRecord));
  EXPECT_EQ(to_json(back), to_json(kRecord));
}

TEST_F(MetricsTest, FurtherFiguresFollowOnAccuracyInTheirOrder) {
  MetricsRecord record = kRecord;
  record.figures = {{"iou", 0.5}, {"dice", 0.625}};
  const std::string line = to_json(record);
  EXPECT_EQ(line, R"({"epoch":2,"step":1876,"split":"test","loss":0.25,"accuracy":0.9,)"
                  R"("iou":0.5,"dice":0.625,"images_per_second":2800.0,"seconds":42.5})");
  EXPECT_EQ(to_json(parse_metrics_record(line)), line);
}

TEST_F(MetricsTest, ATaskWithoutLossAndAccuracyHasNoneInItsLines) {
  MetricsRecord record = kRecord;
  record.loss = record.accuracy = NAN;
  record.figures = {{"loss_d", 1.5}};
  const std::string line = to_json(record);
  EXPECT_EQ(line, R"({"epoch":2,"step":1876,"split":"test","loss_d":1.5,)"
                  R"("images_per_second":2800.0,"seconds":42.5})");
  EXPECT_EQ(to_json(parse_metrics_record(line)), line);
}

TEST_F(MetricsTest, AFigureIsFoundByItsName) {
  MetricsRecord record = kRecord;
  record.figures = {{"iou", 0.5}};
  EXPECT_EQ(record.figure("loss"), 0.25);
  EXPECT_EQ(record.figure("accuracy"), 0.9);
  EXPECT_EQ(record.figure("iou"), 0.5);
  EXPECT_TRUE(std::isnan(record.figure("dice")));
}

TEST_F(MetricsTest, AFigureThatIsNoNumberReadsBackAsSuch) {
  MetricsRecord record = kRecord;
  record.loss = INFINITY;
  EXPECT_TRUE(std::isnan(parse_metrics_record(to_json(record)).loss));
}

TEST_F(MetricsTest, RejectsALineThatIsNotARecord) {
  EXPECT_THROW(parse_metrics_record("{\"epoch\": 1}"), IoError);
  EXPECT_THROW(parse_metrics_record("loss 0.3"), IoError);
  const std::string text =
      R"({"epoch":1,"step":1,"split":"test","images_per_second":1,"seconds":1)";
  EXPECT_NO_THROW(parse_metrics_record(text + "}"));
  EXPECT_THROW(parse_metrics_record(text + R"(,"loss":"low"})"), IoError);
}

TEST_F(MetricsTest, EveryFieldHasAKindAndARange) {
  const std::string line = to_json(kRecord);
  const std::pair<const char*, const char*> kChanges[] = {
      {R"("epoch":2)", R"("epoch":-2)"},
      {R"("epoch":2)", R"("epoch":2.5)"},
      {R"("epoch":2)", R"("epoch":true)"},
      {R"("step":1876)", R"("step":99999999999999999999)"},
      {R"("step":1876)", R"("step":1876,"step":1877)"},
      {R"("split":"test")", R"("split":7)"},
      {R"("loss":0.25)", R"("loss":[0.25])"},
      {R"("loss":0.25)", R"("loss":true)"},
      {R"("images_per_second":2800.0)", R"("images_per_second":-1)"},
      {R"("seconds":42.5)", R"("seconds":null)"},
      {R"("seconds":42.5})", R"("seconds":42.5} {})"}};
  for (const auto& [from, to] : kChanges) {
    std::string changed = line;
    changed.replace(changed.find(from), std::string(from).size(), to);
    EXPECT_THROW(parse_metrics_record(changed), IoError) << changed;
  }
}

TEST_F(MetricsTest, AFileThatLosesNothingIsNotReplaced) {
  { MetricsLog(path_).append(kRecord); }
  std::filesystem::create_hard_link(path_, scratch_ / "same");
  MetricsLog log(path_, 1);
  EXPECT_EQ(std::filesystem::hard_link_count(path_), 2U);
}

TEST_F(MetricsTest, AppendsOneLineARecord) {
  MetricsLog log(path_);
  log.append(kRecord);
  log.append(kRecord);
  EXPECT_EQ(file(), to_json(kRecord) + "\n" + to_json(kRecord) + "\n");
  EXPECT_EQ(log.records().size(), 2U);
}

TEST_F(MetricsTest, AResumedLogDropsWhatCameAfterTheCheckpoint) {
  MetricsRecord later = kRecord;
  later.step = 2000;
  {
    MetricsLog log(path_);
    log.append(kRecord);
    log.append(later);
  }
  std::ofstream(path_, std::ios::app) << "{\"half a li";
  MetricsLog log(path_, 1);
  ASSERT_EQ(log.records().size(), 1U);
  EXPECT_EQ(file(), to_json(kRecord) + "\n");
}

TEST_F(MetricsTest, SaysThatLinesAreMissing) {
  { MetricsLog(path_).append(kRecord); }
  EXPECT_THROW(MetricsLog(path_, 2), IoError);
}

TEST_F(MetricsTest, SaysThatTheFolderIsMissing) {
  EXPECT_THROW(MetricsLog("/nonexistent-folder/metrics.jsonl"), IoError);
}

}  // namespace
}  // namespace ct::train
