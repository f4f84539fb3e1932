// Layers of one and three axes, and the transposed ones: their options reach the op, and their
// names and shapes are PyTorch's.
#include <gtest/gtest.h>

#include <cmath>

#include "customtensor/error.hpp"
#include "customtensor/nn/conv.hpp"
#include "customtensor/nn/conv/conv1d.hpp"
#include "customtensor/nn/conv/conv3d.hpp"
#include "customtensor/nn/conv/conv_transpose1d.hpp"
#include "customtensor/nn/conv/conv_transpose2d.hpp"
#include "customtensor/nn/conv/conv_transpose3d.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/ops/conv1d.hpp"
#include "customtensor/ops/conv3d.hpp"
#include "customtensor/ops/conv_transpose.hpp"
#include "support/compare.hpp"

namespace ct::nn {
namespace {

void expect_same(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(a.shape(), b.shape());
  EXPECT_EQ(a.to_vector<float>(), b.to_vector<float>());
}

TEST(Conv1dLayer, PassesItsOptionsOn) {
  Conv1d layer(4, 6, 3, {.stride = 2, .padding = 1, .dilation = 2, .groups = 2});
  EXPECT_EQ(layer.weight.shape(), Shape({6, 2, 3}));
  const Tensor x = randn({2, 4, 11});
  expect_same(layer(x), conv1d(x, layer.weight, layer.bias,
                               {.stride = 2, .padding = 1, .dilation = 2, .groups = 2}));
}
TEST(Conv1dLayer, PadsByItsMode) {
  const Tensor x = randn({2, 4, 7});
  for (const PadMode mode : {PadMode::reflect, PadMode::replicate, PadMode::circular}) {
    Conv1d layer(4, 6, 3, {.padding = 2, .padding_mode = mode});
    expect_same(layer(x), conv1d(pad(x, {2, 2}, mode), layer.weight, layer.bias));
  }
}
TEST(Conv1dLayer, TakesPyTorchsOrder) {
  const Conv1d layer(2, 4, 3, 2, 1, 3, 2, false);
  EXPECT_EQ(layer.options().stride, 2);
  EXPECT_EQ(layer.options().padding, 1);
  EXPECT_EQ(layer.options().dilation, 3);
  EXPECT_EQ(layer.options().groups, 2);
  EXPECT_FALSE(layer.bias.defined());
}
TEST(Conv2dLayer, TakesPyTorchsOrder) {
  const Conv2d layer(2, 4, 3, 2, {1, 0}, 3, 2, false);
  EXPECT_EQ(layer.options().stride, Pair(2));
  EXPECT_EQ(layer.options().padding, Pair(1, 0));
  EXPECT_EQ(layer.options().dilation, Pair(3));
  EXPECT_EQ(layer.options().groups, 2);
  EXPECT_FALSE(layer.bias.defined());
}
TEST(Conv3dLayer, TakesPyTorchsOrder) {
  Conv3d layer(4, 6, {3, 2, 3}, 2, {1, 0, 2}, {1, 2, 1}, 2);
  EXPECT_EQ(layer.weight.shape(), Shape({6, 2, 3, 2, 3}));
  const Tensor x = randn({2, 4, 5, 6, 4});
  expect_same(layer(x),
              conv3d(x, layer.weight, layer.bias,
                     {.stride = 2, .padding = {1, 0, 2}, .dilation = {1, 2, 1}, .groups = 2}));
  EXPECT_FALSE(Conv3d(1, 2, 3, 1, 0, 1, 1, false).bias.defined());
}
TEST(Conv3dLayer, PadsByItsMode) {
  const Tensor x = randn({2, 3, 4, 5, 6});
  for (const PadMode mode : {PadMode::reflect, PadMode::replicate, PadMode::circular}) {
    Conv3d layer(3, 2, {2, 3, 3}, {.padding = {0, 1, 2}, .padding_mode = mode});
    expect_same(layer(x), conv3d(pad(x, {2, 2, 1, 1, 0, 0}, mode), layer.weight, layer.bias));
    Conv3d same(3, 2, {2, 3, 4}, {.padding = "same", .padding_mode = mode});
    expect_same(same(x), conv3d(pad(x, {1, 2, 1, 1, 0, 1}, mode), same.weight, same.bias));
  }
}
TEST(ConvTranspose3dLayer, TakesPyTorchsOrder) {
  ConvTranspose3d layer(4, 6, {3, 2, 3}, 2, {1, 0, 1}, 1, 2, true, {1, 2, 1});
  EXPECT_EQ(layer.weight.shape(), Shape({4, 3, 3, 2, 3}));
  const Tensor x = randn({2, 4, 3, 2, 4});
  expect_same(layer(x), conv_transpose3d(x, layer.weight, layer.bias,
                                         {.stride = 2,
                                          .padding = {1, 0, 1},
                                          .output_padding = 1,
                                          .groups = 2,
                                          .dilation = {1, 2, 1}}));
}
TEST(ConvTransposeLayer, PassesItsOptionsOn) {
  ConvTranspose1d one(4, 6, 3, 2, 1, 1, 2);
  EXPECT_EQ(one.weight.shape(), Shape({4, 3, 3}));
  const Tensor line = randn({2, 4, 5});
  expect_same(one(line),
              conv_transpose1d(line, one.weight, one.bias,
                               {.stride = 2, .padding = 1, .output_padding = 1, .groups = 2}));
  ConvTranspose2d two(4, 6, {3, 2}, {.stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}});
  EXPECT_EQ(two.weight.shape(), Shape({4, 6, 3, 2}));
  const Tensor image = randn({2, 4, 5, 3});
  expect_same(two(image),
              conv_transpose2d(image, two.weight, two.bias,
                               {.stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}}));
}
TEST(ConvTransposeLayer, BeginsWithinPyTorchsBounds) {
  const ConvTranspose2d layer(8, 4, 5);
  const double bound = 1 / std::sqrt(4.0 * 25.0);
  EXPECT_LE(layer.weight.abs().max().item<double>(), bound);
  EXPECT_GT(layer.weight.abs().max().item<double>(), 0.9 * bound);
  EXPECT_EQ(layer.bias.shape(), Shape({4}));
}
TEST(ConvAxesLayerMessage, Sizes) {
  EXPECT_EQ(test::message_of<ValueError>([] { Conv1d(3, 4, 0); }),
            "Conv1d: sizes must be at least 1: in 3, out 4, kernel 0");
  EXPECT_EQ(test::message_of<ValueError>([] { ConvTranspose2d(3, 4, 3, {.groups = 2}); }),
            "ConvTranspose2d: groups must divide both channel counts: groups 2, in 3, out 4");
}

}  // namespace
}  // namespace ct::nn
