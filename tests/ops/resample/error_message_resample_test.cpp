// Misuse of interpolation, grids, windows and shuffles is answered with all the facts.
#include <gtest/gtest.h>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/ops/resample.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;
using Mode = InterpolateMode;

TEST(ErrorMessage, InterpolateInputs) {
  EXPECT_EQ(message_of<ShapeError>([] {
              interpolate(ones({2, 3}), {.size = 4});
            }),
            "interpolate: x must be (n, c, sizes…) of one to three sizes: (2, 3)");
  EXPECT_EQ(message_of<DTypeError>([] {
              interpolate(ones({1, 2, 3}, {.dtype = int64}), {.size = 4});
            }),
            "interpolate: x is int64: it must be floating or uint8; convert with .to()");
  EXPECT_EQ(message_of<ShapeError>([] {
              interpolate(ones({1, 2, 3}), {.size = 4, .mode = Mode::bilinear});
            }),
            "interpolate: mode bilinear is for 2 sizes behind n and c: (1, 2, 3)");
}

TEST(ErrorMessage, InterpolateSizes) {
  const Tensor x = ones({1, 2, 3, 4});
  EXPECT_EQ(message_of<ValueError>([&] { interpolate(x, InterpolateOptions{}); }),
            "interpolate: give one of size and scale_factor: neither is there");
  EXPECT_EQ(message_of<ValueError>([&] { interpolate(x, {.size = 2, .scale_factor = 2}); }),
            "interpolate: give one of size and scale_factor: both are there");
  EXPECT_EQ(message_of<ValueError>([&] {
              interpolate(x, {.size = {2, 3, 4}});
            }),
            "interpolate: size must have a number for each of 2 axes, or one: 3 numbers");
  EXPECT_EQ(message_of<ValueError>([&] { interpolate(x, {.scale_factor = -1}); }),
            "interpolate: no such size: 3 times scale_factor -1");
  EXPECT_EQ(message_of<ValueError>([&] {
              interpolate(x, {.size = {2, 0}});
            }),
            "interpolate: sizes must be at least 1: axis 3 of (1, 2, 3, 4) would be 0");
  EXPECT_EQ(message_of<ValueError>([&] { interpolate(x, {.size = int64_t{1} << 32}); }),
            "interpolate: an axis is longer than 2147483647: from 3 to 4294967296");
}

TEST(ErrorMessage, InterpolateOptions) {
  const Tensor x = ones({1, 2, 3, 4});
  EXPECT_EQ(message_of<ValueError>([&] { interpolate(x, {.size = 2, .align_corners = true}); }),
            "interpolate: align_corners is not for mode nearest; leave it out");
  EXPECT_EQ(message_of<ValueError>(
                [&] { interpolate(x, {.size = 2, .mode = Mode::area, .antialias = true}); }),
            "interpolate: antialias is for bilinear and bicubic: mode area");
  EXPECT_EQ(
      message_of<ValueError>([&] { interpolate(x, {.size = 2, .recompute_scale_factor = true}); }),
      "interpolate: recompute_scale_factor needs a scale_factor: size is given");
}

TEST(ErrorMessage, GridSample) {
  const Tensor x = ones({1, 2, 3, 4});
  EXPECT_EQ(message_of<DTypeError>([&] {
              grid_sample(x, ones({1, 2, 2, 2}, {.dtype = float64}));
            }),
            "grid_sample: x and grid must be floating and of one type: float32 and float64; "
            "convert with .to()");
  EXPECT_EQ(message_of<ShapeError>([&] {
              grid_sample(x, ones({1, 2, 2, 3}));
            }),
            "grid_sample: x must be (n, c, h, w) and grid (n, oh, ow, 2), or (n, c, d, h, w) and "
            "(n, od, oh, ow, 3): (1, 2, 3, 4) and (1, 2, 2, 3)");
  EXPECT_EQ(message_of<ValueError>([] {
              grid_sample(ones({1, 1, 2, 2, 2}), ones({1, 1, 1, 1, 3}),
                          {.mode = GridSampleMode::bicubic});
            }),
            "grid_sample: bicubic is for images only: x (1, 1, 2, 2, 2)");
  EXPECT_EQ(message_of<ValueError>([] {
              grid_sample(ones({1, 1, 0, 2}), ones({1, 1, 1, 2}));
            }),
            "grid_sample: x must have a size of at least 1 along each axis: (1, 1, 0, 2)");
}

TEST(ErrorMessage, AffineGrid) {
  EXPECT_EQ(message_of<DTypeError>([] {
              affine_grid(ones({1, 2, 3}, {.dtype = int32}), {1, 1, 2, 2});
            }),
            "affine_grid: theta is int32: it must be floating; convert with .to()");
  EXPECT_EQ(message_of<ShapeError>([] {
              affine_grid(ones({1, 2, 3}), {2, 1, 2, 2});
            }),
            "affine_grid: theta must be (n, 2, 3) for size (n, c, h, w), or (n, 3, 4) for "
            "(n, c, d, h, w): (1, 2, 3) for (2, 1, 2, 2)");
}

TEST(ErrorMessage, FoldAndUnfold) {
  EXPECT_EQ(message_of<DTypeError>([] {
              unfold(ones({1, 1, 3, 3}, {.dtype = int32}), 2);
            }),
            "unfold: x is int32: it must be floating; convert with .to()");
  EXPECT_EQ(message_of<ShapeError>([] {
              unfold(ones({3, 3}), 2);
            }),
            "unfold: x must be (n, c, h, w) or (c, h, w): (3, 3)");
  EXPECT_EQ(message_of<ValueError>([] {
              unfold(ones({1, 1, 3, 3}), {4, 2}, {.stride = 2});
            }),
            "unfold: the windows do not fit: image (3, 3), kernel (4, 2), dilation (1, 1), padding "
            "(0, 0), stride (2, 2); the kernel is larger than the padded image");
  EXPECT_EQ(message_of<ShapeError>([] { fold(ones({1}), 3, 2); }),
            "fold: x must be (n, c * kernel, windows) or (c * kernel, windows): (1)");
  EXPECT_EQ(message_of<ShapeError>([] {
              fold(ones({1, 4, 3}), 3, 2);
            }),
            "fold: x must be (n, c * 4, 4) for kernel (2, 2) and output (3, 3): (1, 4, 3)");
}

TEST(ErrorMessage, Shuffles) {
  EXPECT_EQ(message_of<ShapeError>([] {
              pixel_shuffle(ones({4, 2}), 2);
            }),
            "pixel_shuffle: x must be (…, c, h, w): (4, 2)");
  EXPECT_EQ(message_of<ValueError>([] {
              pixel_shuffle(ones({4, 2, 2}), 0);
            }),
            "pixel_shuffle: upscale_factor must be at least 1: 0");
  EXPECT_EQ(message_of<ValueError>([] {
              pixel_shuffle(ones({6, 2, 2}), 2);
            }),
            "pixel_shuffle: channels must be a multiple of 2² = 4: (6, 2, 2)");
  EXPECT_EQ(message_of<ValueError>([] {
              pixel_unshuffle(ones({6, 2, 3}), 2);
            }),
            "pixel_unshuffle: height and width must be multiples of 2: (6, 2, 3)");
  EXPECT_EQ(message_of<ValueError>([] {
              channel_shuffle(ones({1, 5, 3}), 2);
            }),
            "channel_shuffle: 2 groups do not divide 5 channels: (1, 5, 3)");
}

}  // namespace
}  // namespace ct
