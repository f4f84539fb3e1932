// Pools of three axes, places of largest values, given sizes, and back: PyTorch's numbers, and what
// misuse is answered with.
#include <gtest/gtest.h>

#include "customtensor/customtensor.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;
using Floats = std::vector<float>;
using Ints = std::vector<int64_t>;

Tensor volume() { return arange(24).to(float32).reshape({1, 1, 2, 3, 4}); }

TEST(MaxPool, SaysPlacesInTheWholeChannel) {
  const auto [y, at] = max_pool3d_with_indices(volume(), 2, {.stride = 1});
  EXPECT_EQ(y.to_vector<float>(), (Floats{17, 18, 19, 21, 22, 23}));
  EXPECT_EQ(at.to_vector<int64_t>(), (Ints{17, 18, 19, 21, 22, 23}));
  EXPECT_EQ(at.dtype(), int64);
}
TEST(MaxPool, TheFirstOfEqualsWinsOverAllAxes) {
  const auto [y, at] = max_pool3d_with_indices(ones({1, 1, 2, 2, 2}), 2);
  EXPECT_EQ(at.to_vector<int64_t>(), (Ints{0}));
  EXPECT_EQ(adaptive_max_pool3d_with_indices(ones({1, 3, 3, 3}), 2).indices.to_vector<int64_t>(),
            (Ints{0, 1, 3, 4, 9, 10, 12, 13}));
}
TEST(MaxPool, ANaNWins) {
  Tensor x = volume().clone();
  x.index({0, 0, 1, 2, 0}).fill_(NAN);
  EXPECT_TRUE(std::isnan(max_pool3d(x, {2, 3, 4}).item<float>()));
  EXPECT_EQ(max_pool3d_with_indices(x, {2, 3, 4}).indices.item<int64_t>(), 20);
}
TEST(MaxPool, AWindowThatSeesPaddingAloneHasNoPlace) {
  const Tensor x = volume().requires_grad_();  // sizes 2, 3, 4
  const auto depth = max_pool3d_with_indices(x.narrow(2, 0, 1), {2, 1, 1},
                                             {.padding = {1, 0, 0}, .dilation = {2, 1, 1}});
  EXPECT_EQ(depth.indices.to_vector<int64_t>(), Ints(12, -1));
  EXPECT_EQ(depth.values.to_vector<float>(), Floats(12, -INFINITY));
  const auto rows = max_pool3d_with_indices(x.narrow(3, 0, 1), {1, 2, 1},
                                            {.padding = {0, 1, 0}, .dilation = {1, 2, 1}});
  EXPECT_EQ(rows.indices.to_vector<int64_t>(), Ints(8, -1));
  const Tensor g = grad({rows.values.sum()}, {x}, {.create_graph = true})[0];
  EXPECT_EQ(g.to_vector<float>(), Floats(24, 0));
}
TEST(MaxPool, GradientsOfGradientsPassOverPaddingAlone) {
  const Tensor x = arange(3).to(float32).reshape({1, 1, 1, 3}).requires_grad_();
  const Tensor y = max_pool2d(x, {2, 1}, {.padding = {1, 0}, .dilation = {2, 1}});
  const Tensor up = ones_like(y).requires_grad_();
  const Tensor g = grad({y}, {x}, {.gradients = {up}, .create_graph = true})[0];
  EXPECT_EQ(grad({g.sum()}, {up})[0].to_vector<float>(), Floats(3, 0));
}
TEST(MaxPool, KeepsItsShapeWithoutSamples) {
  EXPECT_EQ(max_pool3d(volume().squeeze(0), 2).shape(), (Shape{1, 1, 1, 2}));
  EXPECT_EQ(max_pool2d_with_indices(ones({3, 4, 4}), 2).indices.shape(), (Shape{3, 2, 2}));
  EXPECT_EQ(max_pool1d_with_indices(ones({3, 4}), 2).indices.shape(), (Shape{3, 2}));
}
TEST(AvgPool, DividesByWhatItIsTold) {
  EXPECT_EQ(avg_pool2d(ones({1, 2, 2}), 2, {.divisor_override = 3}).item<float>(), 4.0F / 3);
  EXPECT_EQ(avg_pool3d(ones({1, 2, 2, 2}), 2, {.divisor_override = 1}).item<float>(), 8.0F);
  EXPECT_EQ(
      avg_pool2d(ones({1, 3, 3}), 2, {.ceil_mode = true, .divisor_override = 2}).to_vector<float>(),
      (Floats{2, 1, 1, 0.5}));
}
TEST(AdaptiveMaxPool, HasWindowsOfUnevenSizes) {
  const Tensor x = tensor({5.F, 1.F, 2.F, 8.F, 3.F, 4.F, 0.F}).reshape({1, 7});
  const auto [y, at] = adaptive_max_pool1d_with_indices(x, 3);  // [0, 3), [2, 5), [4, 7)
  EXPECT_EQ(y.to_vector<float>(), (Floats{5, 8, 4}));
  EXPECT_EQ(at.to_vector<int64_t>(), (Ints{0, 3, 5}));
}
TEST(AdaptiveMaxPool, ZeroKeepsASize) {
  EXPECT_EQ(adaptive_max_pool2d(ones({1, 2, 5, 7}), {0, 3}).shape(), (Shape{1, 2, 5, 3}));
}
TEST(MaxUnpool, PutsValuesBackWhereTheyWere) {
  const Tensor x = tensor({1.F, 5.F, 2.F, 3.F, 4.F, 0.F, 9.F, 7.F}).reshape({1, 2, 4});
  const auto [y, at] = max_pool2d_with_indices(x, 2);
  EXPECT_EQ(max_unpool2d(y, at, 2).to_vector<float>(), (Floats{0, 5, 0, 0, 0, 0, 9, 0}));
  const Ints size{2, 5};
  EXPECT_EQ(max_unpool2d(y, at, 2, 0, 0, size).shape(), (Shape{1, 2, 5}));
}
TEST(MaxUnpool, GradientsComeFromThePlaces) {
  Tensor x = arange(8).to(float32).reshape({1, 8}).requires_grad_();
  const auto [y, at] = max_pool1d_with_indices(x, 2);
  (max_unpool1d(y, at, 2) * arange(8)).sum().backward();
  EXPECT_EQ(x.grad().to_vector<float>(), (Floats{0, 1, 0, 3, 0, 5, 0, 7}));
}
TEST(FractionalMaxPool, TakesWindowsWhereTheSamplesSay) {
  // a = (7 - 2) / 3; floor((i + 0.5) a) - floor(0.5 a) = 0, 2, 4, and the last at 5.
  const Tensor x = tensor({5.F, 1.F, 2.F, 8.F, 3.F, 4.F, 6.F}).reshape({1, 1, 1, 7});
  const auto [y, at] = fractional_max_pool2d_with_indices(
      x, {1, 2}, {.output_size = Pair(1, 4), .random_samples = full({1, 1, 2}, 0.5)});
  EXPECT_EQ(y.to_vector<float>(), (Floats{5, 8, 4, 6}));
  EXPECT_EQ(at.to_vector<int64_t>(), (Ints{0, 3, 5, 6}));
}
TEST(FractionalMaxPool, DrawsFromTheGeneratorItIsGiven) {
  const Tensor x = rand({2, 3, 9, 9});
  Generator a(5), b(5);
  const auto pool = [&](Generator& g) {
    return fractional_max_pool2d(x, 2, {.output_ratio = std::array{0.6, 0.6}, .generator = &g})
        .to_vector<float>();
  };
  EXPECT_EQ(pool(a), pool(b));
}

TEST(PoolMessages, Windows) {
  EXPECT_EQ(message_of<ValueError>([] {
              avg_pool2d(ones({1, 2, 2}), 2, {.divisor_override = -1});
            }),
            "avg_pool2d: divisor_override must not be negative: -1");
  EXPECT_EQ(message_of<ValueError>([] {
              adaptive_max_pool1d(ones({2, 0}), 3);
            }),
            "adaptive_max_pool1d: x has no elements along axis 1: (2, 0)");
  EXPECT_EQ(message_of<ValueError>([] {
              adaptive_max_pool2d(ones({1, 2, 2}), {-1, 2});
            }),
            "adaptive_max_pool2d: sizes must not be negative: (-1, 2)");
  EXPECT_EQ(message_of<ShapeError>([] {
              max_pool3d(ones({2, 2}), 2);
            }),
            "max_pool3d: x must have 5 axes, or 4 without that of samples: (2, 2)");
  EXPECT_THROW(adaptive_max_pool2d(ones({1, 3, 3}).to(int64), 2), DTypeError);
}
TEST(PoolMessages, FractionalPools) {
  const Tensor x = ones({1, 1, 4, 4});
  EXPECT_EQ(message_of<ValueError>([&] { fractional_max_pool2d(x, 2, {}); }),
            "fractional_max_pool2d: give one of output_size and output_ratio: neither was given");
  EXPECT_EQ(message_of<ValueError>([&] {
              fractional_max_pool2d(x, 2, {.output_ratio = std::array{0.5, 1.5}});
            }),
            "fractional_max_pool2d: output_ratio must lie between 0 and 1: 1.5");
  EXPECT_EQ(
      message_of<ValueError>([&] { fractional_max_pool2d(x, 2, {.output_size = Pair(4, 2)}); }),
      "fractional_max_pool2d: the windows do not fit: x (1, 1, 4, 4), kernel (2, 2), output "
      "size (4, 2)");
  EXPECT_EQ(message_of<ShapeError>([&] {
              fractional_max_pool2d(x, 2, {.output_size = Pair(2), .random_samples = ones({1, 2})});
            }),
            "fractional_max_pool2d: random_samples must be (1, 1, 2): (1, 2)");
}
TEST(PoolMessages, Unpool) {
  const Tensor x = ones({1, 2, 2});
  const Tensor at = zeros({1, 2, 2}, {.dtype = int64});
  EXPECT_EQ(message_of<ShapeError>([&] {
              max_unpool2d(x, zeros({1, 2, 3}, {.dtype = int64}), 2);
            }),
            "max_unpool2d: x and indices must have one shape: (1, 2, 2) and (1, 2, 3)");
  EXPECT_EQ(message_of<DTypeError>([&] { max_unpool2d(x, at.to(int32), 2); }),
            "max_unpool2d: indices must be int64: int32");
  const Ints one{4};
  EXPECT_EQ(message_of<ValueError>([&] { max_unpool2d(x, at, 2, 0, 0, one); }),
            "max_unpool2d: output_size must be 2 numbers: 1");
  EXPECT_EQ(
      message_of<ValueError>([&] { max_unpool2d(x, at, 0); }),
      "max_unpool2d: kernel and stride must be at least 1, padding at least 0: kernel (0, 0), "
      "stride (0, 0), padding (0, 0)");
  const Ints far{9, 4};
  EXPECT_EQ(message_of<ValueError>([&] { max_unpool2d(x, at, 2, 0, 0, far); }),
            "max_unpool2d: a size of 9 along axis 0 does not pool to (1, 2, 2): kernel (2, 2), "
            "stride (2, 2), padding (0, 0)");
  EXPECT_THROW(max_unpool2d(x, at + 16, 2), IndexError);
}
TEST(ConvPadding, IsNumbersOrAWord) {
  const Tensor x = ones({1, 1, 5, 5});
  const Tensor w = ones({1, 1, 2, 3});
  EXPECT_EQ(conv2d(x, w, Tensor(), {.padding = "same"}).shape(), x.shape());
  EXPECT_EQ(conv2d(x, w, Tensor(), {.padding = "valid"}).shape(), (Shape{1, 1, 4, 3}));
  EXPECT_EQ(message_of<ValueError>([&] { conv2d(x, w, Tensor(), {.padding = "full"}); }),
            "padding: it is numbers, \"same\" or \"valid\": \"full\"");
  EXPECT_EQ(
      message_of<ValueError>([&] { conv2d(x, w, Tensor(), {.stride = 2, .padding = "same"}); }),
      "conv2d: padding \"same\" needs a stride of 1: stride (2, 2)");
  EXPECT_EQ(message_of<ShapeError>([&] { conv3d(x, w); }),
            "conv3d: x must be (n, c, d, h, w) or (c, d, h, w) and weight (o, c / groups, kd, kh, "
            "kw): x (1, 1, 5, 5), weight (1, 1, 2, 3), groups 1");
}
TEST(ConvLayers, PadByModeAndByWord) {
  const Tensor x = rand({2, 3, 5, 6});
  nn::Conv2d layer(3, 4, 3, 1, "same", 1, 1, true, PadMode::reflect);
  EXPECT_EQ(layer(x).shape(), (Shape{2, 4, 5, 6}));
  const Tensor expected = conv2d(pad(x, {1, 1, 1, 1}, PadMode::reflect), layer.weight, layer.bias);
  EXPECT_EQ(layer(x).to_vector<float>(), expected.to_vector<float>());
  nn::Conv3d deep(3, 2, {1, 3, 3}, {.padding = {0, 1, 1}, .padding_mode = PadMode::circular});
  EXPECT_EQ(deep(rand({3, 2, 4, 4})).shape(), (Shape{2, 2, 4, 4}));
}

}  // namespace
}  // namespace ct
