// Figures that are summed where they arise.
#include "customtensor/train/meter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "customtensor/customtensor.hpp"
#include "support/compare.hpp"

namespace ct::train {
namespace {

using test::message_of;

Tensor number(double value, DType dtype = float32) { return full({}, value, {.dtype = dtype}); }

TEST(Meter, SumsMeansByTheirWeightAndSumsAsTheyAre) {
  Meter meter;
  meter.add_mean("loss", number(0.5), 4);
  meter.add_sum("accuracy", number(3, int64), 4);
  meter.add_mean("loss", number(2), 2);
  meter.add_sum("accuracy", number(1, int64), 2);
  meter.add_mean("norm", 7.5);
  EXPECT_EQ(meter.peek(), (Figures{{"loss", 6, 6}, {"accuracy", 4, 6}, {"norm", 7.5, 1}}));
}

TEST(Meter, StartsAnewAfterTakeWithItsFiguresInTheirPlaces) {
  Meter meter;
  meter.add_mean("loss", number(0.5), 4);
  meter.add_mean("norm", 7.5);
  meter.take();
  EXPECT_EQ(meter.peek(), (Figures{{"loss", 0, 0}, {"norm", 0, 0}}));
  meter.add_mean("norm", 2);
  meter.add_mean("loss", number(1), 3);
  EXPECT_EQ(meter.peek(), (Figures{{"loss", 3, 3}, {"norm", 2, 1}}));
}

TEST(Meter, RestoredGoesOnToTheSameBits) {
  Meter whole, before, after;
  const auto add = [](Meter& meter, double value) {
    meter.add_mean("loss", number(value), 3);
    meter.add_mean("norm", value);
  };
  for (const double value : {0.1, 1e7, 0.3}) add(whole, value);
  for (const double value : {0.1, 1e7}) add(before, value);
  after.restore(before.peek());
  EXPECT_EQ(after.peek(), before.peek());
  add(after, 0.3);
  EXPECT_EQ(after.peek(), whole.peek());
}

TEST(Meter, RecordsNothing) {
  Meter meter;
  const Tensor x = ones({3}, {.requires_grad = true});
  meter.add_mean("loss", x.mean(), 1);
  x.sum().backward();
  EXPECT_EQ(x.grad().to_vector<float>(), std::vector<float>(3, 1.0F));
}

TEST(Meter, KeepsTheDigitsOfFloat64) {
  Meter meter;
  meter.add_mean("loss", number(1.0 + 1e-12, float64), 1);
  EXPECT_EQ(meter.peek().mean("loss", 0), 1.0 + 1e-12);
}

TEST(Meter, AWeightOfZeroCountsNothing) {
  Meter meter;
  meter.add_mean("loss", number(std::nan("")), 0);
  meter.add_mean("norm", std::nan(""), 0);
  EXPECT_EQ(meter.peek(), (Figures{{"loss", 0, 0}, {"norm", 0, 0}}));
}

TEST(Meter, RejectsWhatIsNoFigure) {
  Meter meter;
  EXPECT_EQ(message_of<ValueError>([&] { meter.add_mean("step", 1.0); }),
            "meter: a figure cannot be called \"step\": a line of metrics has its own epoch, step, "
            "split, images_per_second and seconds");
  EXPECT_THROW(meter.add_mean("", 1.0), ValueError);
  EXPECT_EQ(message_of<ValueError>([&] { meter.add_mean("loss", 1.0, -2); }),
            "meter: the weight of \"loss\" is -2: must be 0 or more");
  EXPECT_EQ(message_of<ShapeError>([&] { meter.add_mean("loss", ones({2}), 1); }),
            "meter: \"loss\" must be one number, of shape (): got (2)");
  EXPECT_TRUE(meter.peek().empty());
}

TEST(Meter, RejectsAFigureOfTwoKinds) {
  Meter meter;
  meter.add_mean("loss", number(1), 1);
  meter.add_mean("norm", 1.0);
  EXPECT_EQ(
      message_of<ValueError>([&] { meter.add_mean("loss", 1.0); }),
      "meter: \"loss\" is a number now and was a tensor before; give it as the same each time");
  EXPECT_EQ(
      message_of<ValueError>([&] { meter.add_sum("norm", number(1), 1); }),
      "meter: \"norm\" is a tensor now and was a number before; give it as the same each time");
}

}  // namespace
}  // namespace ct::train
