// The layers that resample or rearrange are their op with its settings kept.
#include <gtest/gtest.h>

#include "customtensor/nn/resample/channel_shuffle.hpp"
#include "customtensor/nn/resample/fold.hpp"
#include "customtensor/nn/resample/pixel_shuffle.hpp"
#include "customtensor/nn/resample/pixel_unshuffle.hpp"
#include "customtensor/nn/resample/unfold.hpp"
#include "customtensor/nn/resample/upsample.hpp"
#include "customtensor/nn/resample/upsampling_bilinear2d.hpp"
#include "customtensor/nn/resample/upsampling_nearest2d.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/ops/resample.hpp"
#include "support/compare.hpp"

namespace ct::nn {
namespace {

using test::near;

Tensor image() {
  manual_seed(1);
  return rand({2, 4, 6, 4});
}

TEST(Upsample, PassesItsOptionsOn) {
  const Tensor x = image();
  Upsample layer({.scale_factor = 1.5, .mode = InterpolateMode::bilinear, .align_corners = true});
  EXPECT_TRUE(
      near(layer(x),
           interpolate(
               x, {.scale_factor = 1.5, .mode = InterpolateMode::bilinear, .align_corners = true}),
           0));
  Upsample bicubic({3, 5}, {}, InterpolateMode::bicubic);
  EXPECT_TRUE(
      near(bicubic(x), interpolate(x, {.size = {3, 5}, .mode = InterpolateMode::bicubic}), 0));
}

TEST(UpsamplingNearest2d, IsUpsampleInModeNearest) {
  UpsamplingNearest2d layer({}, 2);
  EXPECT_TRUE(near(layer(image()), interpolate(image(), {.scale_factor = 2}), 0));
}

TEST(UpsamplingBilinear2d, KeepsTheCorners) {
  UpsamplingBilinear2d layer({.size = {7, 9}});
  EXPECT_TRUE(
      near(layer(image()),
           interpolate(image(),
                       {.size = {7, 9}, .mode = InterpolateMode::bilinear, .align_corners = true}),
           0));
}

TEST(PixelShuffle, AndBack) {
  PixelShuffle up(2);
  PixelUnshuffle down(2);
  EXPECT_EQ(up(image()).shape(), (Shape{2, 1, 12, 8}));
  EXPECT_TRUE(near(down(up(image())), image(), 0));
}

TEST(ChannelShuffle, DealsOutTheGroups) {
  ChannelShuffle layer(2);
  EXPECT_TRUE(near(layer(tensor({0.F, 1.F, 2.F, 3.F}).reshape({1, 4, 1})), {0, 2, 1, 3}, 0));
}

TEST(FoldLayer, AddsUpWhatUnfoldCutOut) {
  Unfold windows(3, {.padding = 1});
  Fold sums({6, 4}, 3, 1, 1);
  EXPECT_EQ(windows(image()).shape(), (Shape{2, 36, 24}));
  const Tensor counted = sums(windows(ones({1, 1, 6, 4})));
  EXPECT_EQ(counted.reshape({6, 4}).index({0, 0}).item<float>(), 4);
  EXPECT_EQ(counted.reshape({6, 4}).index({1, 1}).item<float>(), 9);
}

}  // namespace
}  // namespace ct::nn
