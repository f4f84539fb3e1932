// What report.html holds, and that it needs nothing else.
#include "customtensor/train/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

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

TEST(Report, OfManyClassesShowsTheMistakesThatMatter) {
  Report report = small_report();
  report.confusion = ConfusionMatrix(1000);
  for (int64_t c = 0; c < 1000; ++c) {
    for (int64_t i = 0; i < 10; ++i) report.confusion.add(c, i == 0 ? (c + 1) % 1000 : c);
  }
  for (int i = 0; i < 7; ++i) report.confusion.add(1, 0);
  const std::string html = report_html(report);
  EXPECT_THAT(html, HasSubstr("1000 classes are too many for a table of all"));
  EXPECT_THAT(html, HasSubstr("<tr><td>square</td><td>round</td><td>7</td><td>41.2%</td></tr>\n"
                              "<tr><td>round</td><td>square</td><td>1</td><td>10.0%</td></tr>"));
  EXPECT_THAT(html, HasSubstr("<tr><td>square</td><td>17</td><td>52.9%</td></tr>\n"
                              "<tr><td>round</td><td>10</td><td>90.0%</td></tr>"));
}

/// The largest file of the report.
uintmax_t size_of(const Report& report) {
  const test::ScratchFolder scratch;
  write_report(report, scratch.path());
  uintmax_t most = 0;
  for (const auto& entry : std::filesystem::directory_iterator(scratch.path())) {
    most = std::max(most, entry.file_size());
  }
  return most;
}

constexpr uintmax_t kMostBytes = 8U << 20;

TEST(Report, IsBoundedForAnyNumberOfClasses) {
  for (const int64_t classes : {41, 460, 961, 5000, 1'000'000'000}) {
    Report report = small_report();
    report.classes.assign(static_cast<size_t>(std::min<int64_t>(classes, 5000)),
                          std::string(10'000, 'x'));
    report.confusion = ConfusionMatrix(classes);
    for (int64_t i = 0; i < 10'000; ++i) {
      report.confusion.add(i * 7919 % classes, i * 104'729 % classes);
    }
    EXPECT_LT(size_of(report), kMostBytes) << classes;
  }
}

TEST(Report, OfAsManyClassesAsHaveNamesIsBoundedToo) {
  Report report = small_report();
  report.classes.assign(40, std::string(100'000, '&'));
  report.confusion = ConfusionMatrix(40);
  for (int64_t i = 0; i < 10'000; ++i) report.confusion.add(i % 40, i / 40 % 40);
  EXPECT_LT(size_of(report), kMostBytes);
}

TEST(Report, IsBoundedForAnyNumberOfLinesAndPictures) {
  Report report = small_report();
  for (int64_t i = 0; i < 200'000; ++i) {
    for (const char* split : {"train_steps", "train", "test"}) {
      report.records.push_back({i, i * 10, split, 1.0 / static_cast<double>(i + 1), 0.5, 100, 1});
    }
  }
  report.facts.emplace_back("command", std::string(1'000'000, 'c'));
  report.pictures.assign(5000, picture(0, 0, 0, 0.9));
  PredictedPicture& large = report.pictures.front();
  large.width = 3000;
  large.height = 2000;
  large.pixels.assign(6'000'000, 7);
  report.mistakes = report.pictures;
  EXPECT_LT(size_of(report), kMostBytes);
}

TEST(Report, KeepsTheEndsOfThinnedLines) {
  Report report = small_report();
  report.records.clear();
  for (int64_t i = 1; i <= 5000; ++i) report.records.push_back({i, i, "test", 0.5, 0.5, 1, 1});
  const std::string html = report_html(report);
  EXPECT_THAT(html, HasSubstr("<title>epoch 1: test"));
  EXPECT_THAT(html, HasSubstr("<title>epoch 5000: test"));
}

TEST(Report, ManagesWithAnyNumbers) {
  using Limits = std::numeric_limits<double>;
  constexpr double kHuge = Limits::max(), kNone = Limits::quiet_NaN();
  constexpr double kInfinity = Limits::infinity();
  for (const double loss : {1e17, -1e17, 1e300, kHuge, -kHuge, 5e-324, 0.0, kNone, kInfinity}) {
    for (const double other : {loss, 0.0, -kHuge, std::nextafter(loss, 0.0)}) {
      Report report = small_report();
      report.records = {{1, 10, "train", loss, loss, 1, 1}, {2, 20, "test", other, other, 1, 1}};
      EXPECT_LT(report_html(report).size(), 1U << 20) << loss << " " << other;
    }
  }
  Report report = small_report();
  report.confusion.add(5, 7);  // of no known class
  report.pictures = {picture(0, 9, -1, 0.5)};
  report.pictures[0].width = report.pictures[0].height = 0;
  EXPECT_EQ(report.confusion.row_total(5), 1);
  EXPECT_EQ(report.confusion.row_total(0), 31);
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
