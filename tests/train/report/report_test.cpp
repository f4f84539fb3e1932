// What report.html holds, and that it needs nothing else.
#include "customtensor/train/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/scratch_folder.hpp"

namespace ct::train {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

PredictedPicture picture(int64_t index, int64_t truth, int64_t predicted, double probability) {
  return {.index = index,
          .pixels = std::vector<uint8_t>(4, 128),
          .width = 2,
          .height = 2,
          .channels = 1,
          .truth = truth,
          .predicted = predicted,
          .probability = probability};
}

Report small_report() {
  Report report;
  report.title = "cnn on shapes";
  report.highlights = {{"75.0%", "test accuracy"}};
  report.facts = {{"command", "ct-train classify --data shapes"}, {"seed", "7"}};
  report.classes = {"round", "square"};
  report.steps_per_epoch = 10;
  report.records = {{1, 5, "train_steps", 0.9, 0.5, 100, 1},
                    {1, 10, "train", 0.8, 0.6, 100, 2},
                    {1, 10, "test", 0.7, 0.75, 100, 3}};
  report.confusion = ConfusionMatrix(2);
  for (int i = 0; i < 31; ++i) report.confusion.add(0, 0);
  for (int i = 0; i < 17; ++i) report.confusion.add(1, 0);
  report.pictures = {picture(0, 0, 0, 0.9), picture(1, 1, 0, 0.6)};
  report.mistakes = {report.pictures[1]};
  return report;
}

TEST(Report, NeedsNothingFromTheNetwork) {
  const std::string html = report_html(small_report());
  EXPECT_THAT(html, StartsWith("<!DOCTYPE html>"));
  for (const char* outside : {"http://", "https://", "<script", "<link", "@import", "url("}) {
    EXPECT_THAT(html, Not(HasSubstr(outside))) << outside;
  }
}

TEST(Report, DrawsBothCurvesWithAxes) {
  const std::string html = report_html(small_report());
  EXPECT_THAT(html, HasSubstr("aria-label=\"Loss\""));
  EXPECT_THAT(html, HasSubstr("aria-label=\"Accuracy\""));
  EXPECT_THAT(html, HasSubstr(">epoch</text>"));
  EXPECT_THAT(html, HasSubstr("<title>epoch 1: test 75.00%</title>"));
}

TEST(Report, ShowsConfusionCountsUnderTheClassNames) {
  const std::string html = report_html(small_report());
  EXPECT_THAT(html, HasSubstr("title=\"square taken for round: 17\""));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">round</th>"));
  EXPECT_THAT(html, HasSubstr("100.0%"));
}

TEST(Report, MarksWrongPredictions) {
  const std::string html = report_html(small_report());
  EXPECT_THAT(html, HasSubstr("<figure class=\"right\">"));
  EXPECT_THAT(html, HasSubstr("<figure class=\"wrong\">"));
  EXPECT_THAT(html, HasSubstr("is square"));
  EXPECT_THAT(html, HasSubstr("data:image/png;base64,iVBORw0KGgo"));
}

TEST(Report, EscapesNames) {
  Report report = small_report();
  report.classes[0] = "<b>&\"round\"";
  report.facts[0].second = "ct-train --out 'a<b'";
  const std::string html = report_html(report);
  EXPECT_THAT(html, Not(HasSubstr("<b>&\"")));
  EXPECT_THAT(html, HasSubstr("&lt;b&gt;&amp;&quot;round&quot;"));
  EXPECT_THAT(html, HasSubstr("a&lt;b"));
}

TEST(Report, ManagesWithoutRecordsOrPictures) {
  const std::string html = report_html(Report{.title = "nothing yet"});
  EXPECT_THAT(html, HasSubstr("nothing yet"));
  EXPECT_THAT(html, Not(HasSubstr("nan")));
  EXPECT_THAT(html, Not(HasSubstr("inf")));
}

TEST(Report, WritesThePageAndPngFiles) {
  const test::ScratchFolder scratch;
  const auto& folder = scratch.path();
  write_report(small_report(), folder);
  EXPECT_GT(std::filesystem::file_size(folder / "report.html"), 1000U);
  for (const char* name : {"predictions.png", "confusion.png"}) {
    std::ifstream in(folder / name, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    EXPECT_THAT(bytes, StartsWith("\x89PNG")) << name;
  }
}

}  // namespace
}  // namespace ct::train
