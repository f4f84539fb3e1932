// Layers: what they compute, how they begin, what they refuse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/nn.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"
#include "support/tolerance.hpp"

namespace ct::nn {
namespace {

using ::testing::HasSubstr;

void set(Tensor& t, std::initializer_list<float> values) {
  t.copy_from(std::span<const float>(values.begin(), values.size()));
}

TEST(Linear, ComputesTheProductAndBias) {
  Linear layer(2, 2);
  set(layer.weight, {1, 2, 3, 4});
  set(layer.bias, {10, 20});
  EXPECT_TRUE(test::near(layer(tensor({{1.F, 1.F}, {0.F, 2.F}})), {13, 27, 14, 28}, 0));
}

TEST(Linear, BeginsWithinPyTorchsBounds) {
  manual_seed(1);
  const Linear layer(100, 50);
  EXPECT_TRUE(layer.weight.requires_grad());
  EXPECT_TRUE(layer.bias.requires_grad());
  EXPECT_LE(layer.weight.abs().max().item<float>(), 0.1F);
  EXPECT_GT(layer.weight.abs().max().item<float>(), 0.099F);
  EXPECT_LE(layer.bias.abs().max().item<float>(), 0.1F);
  EXPECT_NEAR(layer.weight.square().mean().item<float>(), 0.01 / 3, 2e-4);
}

TEST(Linear, BeginsTheSameForTheSameSeed) {
  manual_seed(3);
  const Linear a(4, 5);
  manual_seed(3);
  const Linear b(4, 5);
  EXPECT_TRUE(test::near(a.weight, b.weight, 0));
  EXPECT_TRUE(test::near(a.bias, b.bias, 0));
}

TEST(Linear, WithoutBiasHasOneParameter) {
  const Linear layer(3, 2, {.bias = false});
  EXPECT_EQ(layer.parameters().size(), 1U);
  EXPECT_FALSE(layer.bias.defined());
}

TEST(Linear, RejectsSizesBelowOne) {
  EXPECT_EQ(test::message_of<ValueError>([] { Linear(0, 2); }),
            "Linear: sizes must be at least 1: in 0, out 2");
}

TEST(Linear, GradientsReachWeightAndBias) {
  Linear layer(2, 1);
  layer(tensor({{1.F, 2.F}, {3.F, 4.F}})).sum().backward();
  EXPECT_TRUE(test::near(layer.weight.grad(), {4, 6}, 0));
  EXPECT_TRUE(test::near(layer.bias.grad(), {2}, 0));
}

TEST(Conv2d, AddsUpTheWindow) {
  Conv2d layer(1, 1, 2);
  set(layer.weight, {1, 1, 1, 1});
  set(layer.bias, {0.5});
  const Tensor x = arange(9, {.dtype = float32}).reshape({1, 1, 3, 3});
  EXPECT_TRUE(test::near(layer(x), {8.5, 12.5, 20.5, 24.5}, 0));
}

TEST(Conv2d, PassesItsOptionsOn) {
  Conv2d layer(2, 4, {3, 1}, {.stride = 2, .padding = {1, 0}, .groups = 2, .bias = false});
  EXPECT_EQ(layer.weight.shape(), (Shape{4, 1, 3, 1}));
  EXPECT_EQ(layer(ones({1, 2, 7, 7})).shape(), (Shape{1, 4, 4, 4}));
  EXPECT_EQ(layer.parameters().size(), 1U);
}

TEST(Conv2d, BeginsWithinPyTorchsBounds) {
  manual_seed(1);
  const Conv2d layer(4, 32, 5);
  EXPECT_LE(layer.weight.abs().max().item<float>(), 0.1F);
  EXPECT_GT(layer.weight.abs().max().item<float>(), 0.099F);
  EXPECT_LE(layer.bias.abs().max().item<float>(), 0.1F);
}

TEST(Conv2d, RejectsGroupsThatDoNotDivide) {
  EXPECT_THAT(test::message_of<ValueError>([] { Conv2d(3, 4, 3, {.groups = 2}); }),
              HasSubstr("groups 2, in 3, out 4"));
}

TEST(Conv2d, RejectsSizesBelowOne) {
  EXPECT_THAT(test::message_of<ValueError>([] { Conv2d(3, 4, 0); }), HasSubstr("kernel 0 x 0"));
}

TEST(Pooling, TakesMaximumAndMean) {
  const Tensor x = arange(16, {.dtype = float32}).reshape({1, 1, 4, 4});
  MaxPool2d largest(2);
  AvgPool2d mean(2);
  EXPECT_TRUE(test::near(largest(x), {5, 7, 13, 15}, 0));
  EXPECT_TRUE(test::near(mean(x), {2.5, 4.5, 10.5, 12.5}, 0));
  MaxPool2d overlapping(3, {.stride = 1});
  EXPECT_EQ(overlapping(x).shape(), (Shape{1, 1, 2, 2}));
}

TEST(Activations, ComputeTheirFormulas) {
  const Tensor x = tensor({-2.F, 0.F, 1.5F});
  const auto check = [&](Module&& module, double (*formula)(double)) {
    std::vector<double> expected;
    for (const double v : {-2.0, 0.0, 1.5}) expected.push_back(formula(v));
    EXPECT_TRUE(test::near(module(x), expected, test::kTranscendental32));
  };
  check(ReLU(), [](double v) { return std::max(v, 0.0); });
  check(LeakyReLU(0.1), [](double v) { return v > 0 ? v : 0.1 * v; });
  check(GELU(), [](double v) { return v * 0.5 * std::erfc(-v / std::sqrt(2.0)); });
  check(SiLU(), [](double v) { return v / (1 + std::exp(-v)); });
  check(Sigmoid(), [](double v) { return 1 / (1 + std::exp(-v)); });
  check(Tanh(), [](double v) { return std::tanh(v); });
  check(Identity(), [](double v) { return v; });
}

TEST(Dropout, DropsOnlyWhileTraining) {
  manual_seed(5);
  Dropout layer(0.5);
  const Tensor x = ones({1000});
  const auto trained = layer(x).to_vector<float>();
  int dropped = 0;
  for (const float v : trained) {
    EXPECT_TRUE(v == 0.F || v == 2.F);
    dropped += v == 0.F ? 1 : 0;
  }
  EXPECT_NEAR(dropped, 500, 80);
  layer.eval();
  EXPECT_TRUE(test::near(layer(x), x, 0));
}

TEST(Dropout, RejectsAProbabilityOutOfRange) {
  EXPECT_EQ(test::message_of<ValueError>([] { Dropout(1.5); }),
            "Dropout: p must be in [0, 1]: 1.5");
}

TEST(BatchNorm2d, NormalisesByTheBatchWhileTraining) {
  BatchNorm2d layer(2);
  const Tensor x = randn({8, 2, 3, 3}) * 3 + 5;
  const Tensor y = layer(x);
  EXPECT_TRUE(test::near(y.mean({0, 2, 3}), {0, 0}, 1e-5));
  EXPECT_TRUE(test::near(y.var({0, 2, 3}, 0), {1, 1}, 1e-4));
}

TEST(BatchNorm2d, KeepsRunningStatistics) {
  BatchNorm2d layer(1, {.momentum = 0.5});
  const Tensor x = tensor({1.F, 2.F, 3.F, 6.F}).reshape({1, 1, 2, 2});  // mean 3, variance 14/3
  layer(x);
  EXPECT_TRUE(test::near(layer.running_mean, {1.5}, 1e-6));
  EXPECT_TRUE(test::near(layer.running_var, {0.5 + 7.0 / 3}, 1e-6));
  EXPECT_EQ(layer.num_batches_tracked.item<int64_t>(), 1);
}

TEST(BatchNorm2d, UsesRunningStatisticsInInference) {
  BatchNorm2d layer(1, {.eps = 0});
  set(layer.running_mean, {2});
  set(layer.running_var, {4});
  layer.eval();
  EXPECT_TRUE(test::near(layer(full({1, 1, 1, 2}, 6.0)), {2, 2}, 1e-6));
  EXPECT_EQ(layer.num_batches_tracked.item<int64_t>(), 0);
}

TEST(BatchNorm2d, StatisticsAreBuffersOfItsState) {
  const BatchNorm2d layer(3);
  EXPECT_EQ(layer.parameters().size(), 2U);
  EXPECT_EQ(layer.buffers().size(), 3U);
  EXPECT_TRUE(layer.state_dict().contains("num_batches_tracked"));
}

TEST(BatchNorm2d, WithoutStatisticsUsesTheBatchAlways) {
  BatchNorm2d layer(1, {.affine = false, .track_running_stats = false});
  layer.eval();
  EXPECT_EQ(layer.state_dict().size(), 0U);
  const Tensor y = layer(tensor({1.F, 3.F}).reshape({2, 1, 1, 1}));
  EXPECT_TRUE(test::near(y, {-1, 1}, 1e-4));
}

TEST(BatchNorm2d, RejectsOtherChannels) {
  BatchNorm2d layer(3);
  EXPECT_EQ(test::message_of<ShapeError>([&] {
              layer(ones({1, 2, 4, 4}));
            }),
            "BatchNorm2d: x must be (n, 3, h, w): it is (1, 2, 4, 4)");
}

TEST(LayerNorm, NormalisesEachSample) {
  LayerNorm layer(4);
  const Tensor y = layer(tensor({{1.F, 2.F, 3.F, 4.F}, {0.F, 0.F, 0.F, 8.F}}));
  EXPECT_TRUE(test::near(y.mean(Axes{1}), {0, 0}, 1e-6));
  EXPECT_TRUE(test::near(y.var({1}, 0), {1, 1}, 1e-4));
}

TEST(LayerNorm, HasParametersOfTheNormalisedShape) {
  const LayerNorm layer({2, 3}, {.bias = false});
  EXPECT_EQ(layer.weight.shape(), (Shape{2, 3}));
  EXPECT_FALSE(layer.bias.defined());
  EXPECT_EQ(LayerNorm(Shape{3}, {.elementwise_affine = false}).parameters().size(), 0U);
}

TEST(Flatten, JoinsAllAxesButTheFirst) {
  Flatten layer;
  EXPECT_EQ(layer(ones({2, 3, 4})).shape(), (Shape{2, 12}));
  EXPECT_EQ(Flatten(0, 1)(ones({2, 3, 4})).shape(), (Shape{6, 4}));
}

TEST(Losses, ComputeTheirFormulas) {
  const Tensor a = tensor({1.F, 2.F, 4.F}), b = tensor({1.F, 4.F, 1.F});
  EXPECT_NEAR(MSELoss()(a, b).item<float>(), 13.0 / 3, 1e-6);
  EXPECT_NEAR(L1Loss()(a, b).item<float>(), 5.0 / 3, 1e-6);
  EXPECT_EQ(MSELoss(Reduction::sum)(a, b).item<float>(), 13.F);
  const Tensor logits = zeros({2, 4});
  EXPECT_NEAR(CrossEntropyLoss()(logits, tensor({1, 3})).item<float>(), std::log(4.0), 1e-6);
}

}  // namespace
}  // namespace ct::nn
