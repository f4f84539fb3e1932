// The best epoch and patience.
#include "customtensor/train/best.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "customtensor/error.hpp"
#include "support/compare.hpp"

namespace ct::train {
namespace {

using test::message_of;

/// After an evaluation of each value in turn.
BestState after(const BestOptions& options, const std::vector<double>& values) {
  BestState state;
  int64_t epoch = 0;
  for (const double value : values) update_best(state, options, ++epoch, value);
  return state;
}

TEST(Best, IsTheSmallestOrTheLargest) {
  EXPECT_EQ(after({.figure = "loss"}, {3, 1, 2}).epoch, 2);
  EXPECT_EQ(after({.figure = "accuracy", .mode = Mode::max}, {3, 1, 2}).epoch, 1);
}

TEST(Best, IsTheFirstOfEqualOnes) { EXPECT_EQ(after({.figure = "loss"}, {3, 1, 1}).epoch, 2); }

TEST(Best, IsNeverNoNumber) {
  const BestState state = after({.figure = "loss"}, {std::nan(""), -INFINITY, 4});
  EXPECT_EQ(state.epoch, 3);
  EXPECT_EQ(state.value, 4);
  EXPECT_EQ(after({.figure = "loss"}, {std::nan("")}).epoch, 0);
}

TEST(Best, PatienceCountsEpochsWithoutABetterOne) {
  const BestOptions options{.figure = "loss", .patience = 2};
  EXPECT_FALSE(out_of_patience(after(options, {3, 1, 2}), options, 3));
  EXPECT_TRUE(out_of_patience(after(options, {3, 1, 2, 2}), options, 4));
  EXPECT_FALSE(out_of_patience(after(options, {3, 1, 2, 0}), options, 4));
}

TEST(Best, TooLittleBetterIsTheBestButDoesNotCountForPatience) {
  const BestOptions options{.figure = "loss", .patience = 2, .min_delta = 0.5};
  const BestState state = after(options, {3, 2.75, 2.625});
  EXPECT_EQ(state.epoch, 3);
  EXPECT_EQ(state.patience_epoch, 1);
  EXPECT_TRUE(out_of_patience(state, options, 3));
  EXPECT_EQ(after(options, {3, 2.75, 2.25}).patience_epoch, 3) << "little by little counts too";
}

TEST(Best, NoPatienceNeverEnds) {
  const BestOptions options{.figure = "loss"};
  EXPECT_FALSE(out_of_patience(after(options, {1, 2, 3, 4, 5}), options, 5));
}

TEST(Best, RejectsOptionsOutOfRange) {
  const auto said = [](const BestOptions& options) {
    return message_of<ValueError>([&] { options.check(); });
  };
  EXPECT_EQ(said({.figure = "loss", .patience = -1}),
            "train: patience is -1: must be 0 (none) or more");
  EXPECT_EQ(said({.figure = "loss", .min_delta = -0.5}),
            "train: min_delta is -0.5: must be 0 or more and finite");
  EXPECT_EQ(said({.patience = 3}),
            "train: patience is 3, but no figure is given that tells the best epoch");
}

}  // namespace
}  // namespace ct::train
