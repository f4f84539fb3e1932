// Interpolation and sampling beyond what the reference data and the conformance rows see: whole
// numbers by hand, bytes, infinities, large planes in bands, sums that do not depend on threads.
#include "customtensor/ops/resample.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "customtensor/autograd.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/threads.hpp"
#include "support/compare.hpp"
#include "support/tolerance.hpp"

namespace ct {
namespace {

using test::near;
using Mode = InterpolateMode;

TEST(Interpolate, DoublesALine) {
  const Tensor x = tensor({0.F, 4.F}).reshape({1, 1, 2});
  EXPECT_TRUE(near(interpolate(x, {.size = 4, .mode = Mode::linear}), {0, 1, 3, 4}, 0));
  EXPECT_TRUE(near(interpolate(x, {.scale_factor = 2}), {0, 0, 4, 4}, 0));
  EXPECT_TRUE(near(upsample(x, {}, 2, Mode::linear, true), {0, 4.0 / 3, 8.0 / 3, 4},
                   test::kElementwise32 * 4));
}

TEST(Interpolate, BytesAreRoundedToTheNearest) {
  const Tensor x = tensor({0, 255}).to(uint8).reshape({1, 1, 1, 2});
  const Tensor y = interpolate(x, {.size = {1, 4}, .mode = Mode::bilinear});
  EXPECT_EQ(y.dtype(), uint8);
  EXPECT_TRUE(near(y.to(float32), {0, 64, 191, 255}, 0));
}

TEST(Interpolate, AnInfinityReachesItsNeighboursOnly) {
  const float infinity = std::numeric_limits<float>::infinity();
  const Tensor x = tensor({infinity, 1.F, 2.F, 3.F}).reshape({1, 1, 4});
  const auto y = interpolate(x, {.size = 4, .mode = Mode::linear}).to_vector<float>();
  EXPECT_EQ(y, (std::vector<float>{infinity, 1, 2, 3}));
  const auto columns = unfold(x.unsqueeze(0).squeeze(0).unsqueeze(2), {1, 3}, {.padding = {0, 1}})
                           .to_vector<float>();
  EXPECT_EQ(columns[0], 0);
  EXPECT_EQ(columns[4], infinity);
}

TEST(Interpolate, LargePlanesInBandsAgreeWithSmallOnes) {
  manual_seed(1);
  const Tensor x = rand({1, 1, 150, 170});
  const Tensor whole = interpolate(x, {.size = {420, 390}, .mode = Mode::bicubic});
  // The same maps, row by row and column by column.
  const Tensor rows =
      interpolate(x.reshape({150, 1, 1, 170}), {.size = {1, 390}, .mode = Mode::bicubic})
          .reshape({150, 390});
  const Tensor columns = interpolate(rows.transpose(0, 1).contiguous().reshape({390, 1, 150, 1}),
                                     {.size = {420, 1}, .mode = Mode::bicubic})
                             .reshape({390, 420})
                             .transpose(0, 1);
  EXPECT_LE((whole.reshape({420, 390}) - columns).abs().max().item<float>(), 4e-6F);
}

TEST(Interpolate, ShrinkingLargePlanesKeepsTheMean) {
  manual_seed(2);
  const Tensor x = rand({1, 2, 400, 300});
  const Tensor y = interpolate(x, {.size = {200, 150}, .mode = Mode::area});
  EXPECT_NEAR(y.mean().item<float>(), x.mean().item<float>(), 1e-6);
}

/// Runs `work` on one thread and on four.
template <class F>
void expect_same_bits_on_any_threads(const F& work) {
  const int before = num_threads();
  set_num_threads(1);
  const auto one = work().template to_vector<float>();
  set_num_threads(4);
  const auto four = work().template to_vector<float>();
  set_num_threads(before);
  EXPECT_EQ(one, four);
}

TEST(Interpolate, ItsGradientDoesNotDependOnThreads) {
  expect_same_bits_on_any_threads([] {
    manual_seed(3);
    Tensor x = rand({2, 3, 90, 110}, {.requires_grad = true});
    const Tensor y = interpolate(x, {.scale_factor = {2.3, 1.7}, .mode = Mode::bilinear});
    (y * rand(y.shape())).sum().backward();
    return x.grad();
  });
}

TEST(GridSample, ItsGradientsDoNotDependOnThreads) {
  expect_same_bits_on_any_threads([] {
    manual_seed(4);
    Tensor x = rand({2, 19, 12, 9}, {.requires_grad = true});
    Tensor grid = rand({2, 64, 64, 2}) * 2.2 - 1.1;
    grid.requires_grad_(true);
    const Tensor y = grid_sample(x, grid);
    (y * rand(y.shape())).sum().backward();
    return cat({x.grad().flatten(), grid.grad().flatten()});
  });
}

TEST(GridSample, TheIdentityGivesTheImage) {
  const Tensor x = arange(12, {.dtype = float32}).reshape({1, 1, 3, 4});
  const Tensor theta = tensor({{1.F, 0.F, 0.F}, {0.F, 1.F, 0.F}}).unsqueeze(0);
  for (const bool corners : {false, true}) {
    const Tensor grid = affine_grid(theta, x.shape(), corners);
    EXPECT_LE((grid_sample(x, grid, {.align_corners = corners}) - x).abs().max().item<float>(),
              4e-6F);
  }
}

TEST(GridSample, PlacesThatAreNoNumbersSeeNothing) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const Tensor grid = tensor({nan, 0.F, infinity, 0.F, 3e38F, 0.F}).reshape({1, 1, 3, 2});
  for (const auto mode :
       {GridSampleMode::bilinear, GridSampleMode::nearest, GridSampleMode::bicubic}) {
    EXPECT_TRUE(near(grid_sample(ones({1, 1, 3, 3}), grid, {.mode = mode}), {0, 0, 0}, 0));
  }
}

TEST(Fold, UndoesUnfoldWhereWindowsDoNotOverlap) {
  const Tensor x = arange(24, {.dtype = float32}).reshape({1, 1, 4, 6});
  const Tensor columns = unfold(x, {2, 3}, {.stride = {2, 3}});
  EXPECT_EQ(columns.shape(), (Shape{1, 6, 4}));
  EXPECT_TRUE(
      near(fold(columns, {4, 6}, {2, 3}, {.stride = {2, 3}}).reshape({24}) - x.reshape({24}),
           std::vector<double>(24, 0.0), 0));
}

TEST(PixelShuffle, InterleavesTheChannels) {
  const Tensor x = arange(8, {.dtype = float32}).reshape({1, 4, 1, 2});
  EXPECT_TRUE(near(pixel_shuffle(x, 2), {0, 2, 1, 3, 4, 6, 5, 7}, 0));
  EXPECT_TRUE(near(pixel_unshuffle(pixel_shuffle(x, 2), 2), {0, 1, 2, 3, 4, 5, 6, 7}, 0));
}

}  // namespace
}  // namespace ct
