// The progress line and numbers for people.
#include "customtensor/train/progress.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace ct::train {
namespace {

const Progress kProgress{.epoch = 2,
                         .epochs = 5,
                         .step = 400,
                         .steps = 800,
                         .loss = 0.41234,
                         .accuracy = 0.853,
                         .images_per_second = 2812,
                         .seconds_left = 41.2};

TEST(Progress, ShowsAllPartsWhereThereIsRoom) {
  EXPECT_EQ(progress_line(kProgress, 120, false),
            "epoch 2/5 ##############.............. 400/800  loss 0.4123  acc 85.3%  2,812 img/s  "
            "0:42 left");
}

TEST(Progress, ShowsWhatTheTaskHas) {
  Progress progress = kProgress;
  progress.loss = progress.accuracy = NAN;
  progress.figures = {{"loss_d", 1.38629}, {"loss_g", 0.6931}};
  EXPECT_EQ(progress_line(progress, 120, false),
            "epoch 2/5 ##############.............. 400/800  loss_d 1.3863  loss_g 0.6931  2,812 "
            "img/s  0:42 left");
}

TEST(Progress, NeverFillsTheWidth) {
  for (int width = 1; width < 130; ++width) {
    EXPECT_LT(static_cast<int>(progress_line(kProgress, width, false).size()), width) << width;
  }
}

TEST(Progress, LeavesPartsOutFromTheRightWhenNarrow) {
  const std::string line = progress_line(kProgress, 50, false);
  EXPECT_NE(line.find("loss 0.4123"), std::string::npos);
  EXPECT_EQ(line.find("left"), std::string::npos);
}

TEST(Progress, LeavesUnknownFiguresOut) {
  const Progress start{.epoch = 1, .epochs = 3, .step = 1, .steps = 10, .loss = 2.3};
  const std::string line = progress_line(start, 100, false);
  EXPECT_EQ(line.find("img/s"), std::string::npos);
  EXPECT_EQ(line.find("left"), std::string::npos);
}

TEST(Progress, WritesClockTimes) {
  EXPECT_EQ(clock_text(6.2), "0:07");
  EXPECT_EQ(clock_text(725), "12:05");
  EXPECT_EQ(clock_text(3723), "1:02:03");
}

TEST(Progress, WritesDurations) {
  EXPECT_EQ(duration_text(8.31), "8.3 s");
  EXPECT_EQ(duration_text(107), "1 min 47 s");
  EXPECT_EQ(duration_text(7500), "2 h 05 min");
}

TEST(Progress, GroupsDigits) {
  EXPECT_EQ(grouped(7), "7");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped(-123456), "-123,456");
}

TEST(Progress, WritesSizes) {
  EXPECT_EQ(bytes_text(512), "512 B");
  EXPECT_EQ(bytes_text(1572864), "1.5 MiB");
  EXPECT_EQ(bytes_text(uint64_t{12} << 30), "12.0 GiB");
  EXPECT_EQ(bytes_text(uint64_t{128} << 30), "128 GiB");
}

}  // namespace
}  // namespace ct::train
