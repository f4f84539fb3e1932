// The pooling layers: their options and PyTorch's order of arguments reach the op, places lead
// back.
#include <gtest/gtest.h>

#include <array>

#include "customtensor/nn.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/ops/pool_indices.hpp"

namespace ct::nn {
namespace {

void expect_same(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(a.shape(), b.shape());
  EXPECT_EQ(a.to_vector<float>(), b.to_vector<float>());
}
void expect_same(const PooledMax& a, const PooledMax& b) {
  expect_same(a.values, b.values);
  EXPECT_EQ(a.indices.to_vector<int64_t>(), b.indices.to_vector<int64_t>());
}

Tensor line() { return randn({2, 3, 11}); }
Tensor image() { return randn({2, 3, 9, 8}); }
Tensor volume() { return randn({2, 2, 7, 6, 8}); }

TEST(MaxPoolLayers, PassTheirOptionsOn) {
  const Tensor x = line(), y = image(), z = volume();
  expect_same(MaxPool1d(3, {.stride = 2, .padding = 1, .dilation = 2, .ceil_mode = true})(x),
              max_pool1d(x, 3, {.stride = 2, .padding = 1, .dilation = 2, .ceil_mode = true}));
  expect_same(MaxPool2d({3, 2}, {.stride = {2, 1}, .padding = {1, 0}, .ceil_mode = true})(y),
              max_pool2d(y, {3, 2}, {.stride = {2, 1}, .padding = {1, 0}, .ceil_mode = true}));
  expect_same(MaxPool3d({1, 2, 3}, {.stride = {1, 2, 2}, .dilation = {1, 2, 1}})(z),
              max_pool3d(z, {1, 2, 3}, {.stride = {1, 2, 2}, .dilation = {1, 2, 1}}));
}
TEST(MaxPoolLayers, TakePyTorchsOrder) {
  const Tensor x = line(), y = image(), z = volume();
  expect_same(MaxPool1d(3, 2, 1, 2)(x),
              max_pool1d(x, 3, {.stride = 2, .padding = 1, .dilation = 2}));
  expect_same(MaxPool2d(3, 2, {1, 0}, 2)(y),
              max_pool2d(y, 3, {.stride = 2, .padding = {1, 0}, .dilation = 2}));
  expect_same(MaxPool3d(2, 1, {1, 0, 1}, 2)(z),
              max_pool3d(z, 2, {.stride = 1, .padding = {1, 0, 1}, .dilation = 2}));
}
TEST(MaxPoolLayers, ABracedListAloneIsTheKernel) {
  const Tensor y = image(), z = volume();
  expect_same(MaxPool2d({3, 2})(y), max_pool2d(y, {3, 2}));
  expect_same(MaxPool3d({3, 2, 2})(z), max_pool3d(z, {3, 2, 2}));
  expect_same(AvgPool2d({3, 2})(y), avg_pool2d(y, {3, 2}));
  expect_same(AvgPool3d({3, 2, 2})(z), avg_pool3d(z, {3, 2, 2}));
  expect_same(MaxPool2d({3, 2}, 1, 1)(y), max_pool2d(y, {3, 2}, {.stride = 1, .padding = 1}));
}
TEST(AvgPoolLayers, PassTheirOptionsOn) {
  const Tensor x = line(), y = image(), z = volume();
  expect_same(AvgPool1d(3, {.stride = 2, .padding = 1, .count_include_pad = false})(x),
              avg_pool1d(x, 3, {.stride = 2, .padding = 1, .count_include_pad = false}));
  expect_same(AvgPool2d({3, 2}, {.padding = {1, 0}, .divisor_override = 5})(y),
              avg_pool2d(y, {3, 2}, {.padding = {1, 0}, .divisor_override = 5}));
  expect_same(AvgPool3d({1, 2, 3}, {.stride = {1, 2, 2}, .ceil_mode = true})(z),
              avg_pool3d(z, {1, 2, 3}, {.stride = {1, 2, 2}, .ceil_mode = true}));
}
TEST(AvgPoolLayers, TakePyTorchsOrder) {
  const Tensor x = line(), y = image(), z = volume();
  expect_same(
      AvgPool1d(3, 2, 1, true, false)(x),
      avg_pool1d(x, 3, {.stride = 2, .padding = 1, .ceil_mode = true, .count_include_pad = false}));
  expect_same(AvgPool2d(3, 2, {1, 0}, false, true, 4)(y),
              avg_pool2d(y, 3, {.stride = 2, .padding = {1, 0}, .divisor_override = 4}));
  expect_same(
      AvgPool3d(2, 3, 1, true, false)(z),
      avg_pool3d(z, 2, {.stride = 3, .padding = 1, .ceil_mode = true, .count_include_pad = false}));
}
TEST(LPPoolLayers, TakePyTorchsOrder) {
  const Tensor z = volume().abs();
  expect_same(LPPool3d(2, {2, 3, 2}, {1, 2, 2}, true)(z),
              lp_pool3d(z, 2, {2, 3, 2}, {1, 2, 2}, true));
}
TEST(AdaptiveMaxPoolLayers, GiveValuesAndPlaces) {
  const Tensor x = line(), y = image(), z = volume();
  expect_same(AdaptiveMaxPool1d(4)(x), adaptive_max_pool1d(x, 4));
  expect_same(AdaptiveMaxPool1d(4).forward_with_indices(x), adaptive_max_pool1d_with_indices(x, 4));
  expect_same(AdaptiveMaxPool2d({4, 3})(y), adaptive_max_pool2d(y, {4, 3}));
  expect_same(AdaptiveMaxPool2d({4, 3}).forward_with_indices(y),
              adaptive_max_pool2d_with_indices(y, {4, 3}));
  expect_same(AdaptiveMaxPool3d({4, 3, 2})(z), adaptive_max_pool3d(z, {4, 3, 2}));
  expect_same(AdaptiveMaxPool3d({4, 3, 2}).forward_with_indices(z),
              adaptive_max_pool3d_with_indices(z, {4, 3, 2}));
}
TEST(MaxUnpoolLayers, PutValuesWhereTheLayerFoundThem) {
  const Tensor x = line(), y = image(), z = volume();
  const std::array<int64_t, 1> long_as{11};
  const PooledMax one = MaxPool1d(2).forward_with_indices(x);
  expect_same(MaxPool1d(2)(MaxUnpool1d(2).forward(one.values.relu(), one.indices, long_as)),
              one.values.relu());
  const PooledMax two = MaxPool2d(2).forward_with_indices(y);
  const std::array<int64_t, 2> large_as{9, 8};
  const Tensor back = MaxUnpool2d(2, 2, 0).forward(two.values, two.indices, large_as);
  EXPECT_EQ(back.shape(), y.shape());
  expect_same(MaxUnpool2d({2, 2}).forward(two.values, two.indices, large_as), back);
  expect_same(back, max_unpool2d(two.values, two.indices, 2, 2, 0, large_as));
  const PooledMax three = MaxPool3d({3, 2, 2}).forward_with_indices(z);
  expect_same(MaxUnpool3d({3, 2, 2}).forward(three.values, three.indices),
              max_unpool3d(three.values, three.indices, {3, 2, 2}));
}
TEST(FractionalMaxPoolLayers, PassTheirOptionsOn) {
  const Tensor y = image(), z = volume();
  const FractionalPool2dOptions flat{.output_size = Pair(4, 5), .random_samples = rand({2, 3, 2})};
  expect_same(FractionalMaxPool2d(2, flat)(y), fractional_max_pool2d(y, 2, flat));
  expect_same(FractionalMaxPool2d(2, flat).forward_with_indices(y),
              fractional_max_pool2d_with_indices(y, 2, flat));
  const FractionalPool3dOptions deep{.output_ratio = std::array{0.6, 0.5, 0.4},
                                     .random_samples = rand({2, 2, 3})};
  expect_same(FractionalMaxPool3d({2, 3, 2}, deep)(z), fractional_max_pool3d(z, {2, 3, 2}, deep));
  expect_same(FractionalMaxPool3d({2, 3, 2}, deep).forward_with_indices(z),
              fractional_max_pool3d_with_indices(z, {2, 3, 2}, deep));
}

}  // namespace
}  // namespace ct::nn
