// weight_norm and spectral_norm against PyTorch 2.13's parametrizations, in float64.
#include "customtensor/nn/adapt/parametrized.hpp"

#include <gtest/gtest.h>

#include "conformance/devices.hpp"
#include "customtensor/autograd_functional.hpp"
#include "customtensor/customtensor.hpp"
#include "support/compare.hpp"

namespace ct::nn {
namespace {

using test::message_of;
using test::near;

/// What tests of PyTorch's side are filled with, too.
Tensor filled(const Shape& shape, int64_t k) {
  std::vector<double> values;
  for (int64_t i = 0; i < numel(shape); ++i) {
    values.push_back(static_cast<double>((i * 7 + k * 3) % 11 - 5) / 8);
  }
  return tensor(values, {.dtype = float64}).reshape(shape);
}
Tensor input() {
  return tensor({-0.75, 0.5, 0.0, -0.5, 0.75, 0.25}, {.dtype = float64}).reshape({2, 3});
}

Linear linear_of_test() {
  Linear layer(3, 2);
  layer.to(float64);
  layer.weight.set_data(filled({2, 3}, 1));
  layer.bias.set_data(filled({2}, 2));
  return layer;
}

constexpr double kClose = 1e-8;  // the numbers below have nine digits

class ParametrizedTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!test::device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
  }
  /// The layer on the device, its output and the gradients of sum y^2.
  template <class M>
  Tensor run(M& layer) const {
    layer.to(Device(GetParam()));
    const Tensor y = layer(input().to(Device(GetParam())));
    y.square().sum().backward();
    return y;
  }
};

TEST_P(ParametrizedTest, WeightNormOfRows) {
  auto layer = weight_norm(linear_of_test());
  {
    const NoGradGuard off;
    layer.rule().original0.mul_(1.5);
  }
  EXPECT_TRUE(near(run(layer), {0.875, 0.421875, 1.0625, 0.46875}, kClose));
  EXPECT_TRUE(near(layer.rule().original0.grad(), {3.217870025, 1.5609375}, kClose));
  EXPECT_TRUE(near(layer.rule().original1.grad(),
                   {-1.8, -0.703125, -0.084375, -0.2475, -0.185625, 0.3515625}, kClose));
}
TEST_P(ParametrizedTest, WeightNormOfTheWhole) {
  auto layer = weight_norm(linear_of_test(), {.dim = std::nullopt});
  {
    const NoGradGuard off;
    layer.rule().original0.mul_(1.5);
  }
  EXPECT_TRUE(near(run(layer), {0.875, 0.421875, 1.0625, 0.46875}, kClose));
  EXPECT_TRUE(near(layer.rule().original0.grad(), {3.428938363}, kClose));
  EXPECT_TRUE(near(layer.rule().original1.grad(),
                   {-2.175426136, 0.235440341, 0.103338068, 0.428267045, -1.086647727, 0.3515625},
                   kClose));
}
TEST_P(ParametrizedTest, SpectralNorm) {
  auto layer = spectral_norm(linear_of_test());
  layer.load_state_dict(
      {{"bias", filled({2}, 2)},
       {"parametrizations.weight.original", filled({2, 3}, 1)},
       {"parametrizations.weight.0._u", tensor({0.6, 0.8}, {.dtype = float64})},
       {"parametrizations.weight.0._v", tensor({2.0 / 3, -1.0 / 3, 2.0 / 3}, {.dtype = float64})}});
  const std::vector<double> expected{0.684707076, 0.219688768, 0.824633845, 0.25467046};
  EXPECT_TRUE(near(run(layer), expected, kClose));
  EXPECT_TRUE(near(
      layer.rule().original.grad(),
      {-1.262586286, 0.770062754, 0.332653696, 0.503500916, -1.299409322, -0.041601572}, kClose));
  EXPECT_TRUE(near(layer.rule().u, {-0.573462344, -0.819231921}, kClose));
  EXPECT_TRUE(near(layer.rule().v, {0.504382893, -0.859743567, -0.080242733}, kClose));
  layer.eval();
  EXPECT_TRUE(near(layer(input().to(Device(GetParam()))), expected, kClose));
  EXPECT_TRUE(near(layer.rule().u, {-0.573462344, -0.819231921}, kClose));
}

INSTANTIATE_TEST_SUITE_P(Devices, ParametrizedTest,
                         ::testing::Values(std::string("cpu"), std::string("custom_gpu")),
                         [](const auto& info) { return info.param; });

std::vector<std::string> names_of(const Module& module) {
  std::vector<std::string> names;
  for (const auto& [name, value] : module.state_dict()) names.push_back(name);
  return names;
}

TEST(Parametrized, HasTheNamesOfPyTorch) {
  EXPECT_EQ(names_of(Sequential{weight_norm(Linear(3, 2))}),
            (std::vector<std::string>{"0.bias", "0.parametrizations.weight.original0",
                                      "0.parametrizations.weight.original1"}));
  EXPECT_EQ(
      names_of(spectral_norm(Conv2d(2, 3, 3))),
      (std::vector<std::string>{"bias", "parametrizations.weight.original",
                                "parametrizations.weight.0._u", "parametrizations.weight.0._v"}));
}
TEST(Parametrized, BeginsAsTheLayerWas) {
  Conv2d conv(2, 3, 3);
  const Tensor x = randn({1, 2, 5, 5});
  auto layer = weight_norm(conv);
  EXPECT_TRUE(near(layer(x), conv(x).flatten().to_vector<double>(), 1e-5));
  EXPECT_EQ(layer.rule().original0.shape(), (Shape{3, 1, 1, 1}));
}
TEST(Parametrized, IsRemovedAsALayerOfItsValue) {
  auto layer = spectral_norm(Linear(6, 4));
  layer.eval();
  Linear plain = layer.remove();
  const Tensor x = randn({3, 6});
  EXPECT_EQ(plain(x).to_vector<float>(), layer(x).to_vector<float>());
  EXPECT_TRUE(plain.weight.is_leaf());
  EXPECT_NEAR(linalg::svdvals(plain.weight).max().item<double>(), 1.0, 0.05);
}
TEST(Parametrized, TrainsThroughItsOriginals) {
  manual_seed(1);
  Sequential model{weight_norm(Linear(3, 8)), ReLU(), spectral_norm(Linear(8, 1))};
  optim::Adam adam(model.parameters(), {.lr = 0.05});
  const Tensor x = randn({32, 3});
  const Tensor wanted = x.select(1, 0).unsqueeze(1) * 0.5;
  double first = 0, last = 0;
  for (int step = 0; step < 60; ++step) {
    adam.zero_grad();
    const Tensor loss = mse_loss(model(x), wanted);
    loss.backward();
    adam.step();
    (step == 0 ? first : last) = loss.item<double>();
  }
  EXPECT_LT(last, 0.1 * first);
}
TEST(Parametrized, ACopyIsItsOwn) {
  auto layer = spectral_norm(Linear(3, 2));
  auto other = copy(layer);
  const Tensor before = layer.rule().u.clone();
  other(randn({2, 3}));
  EXPECT_EQ(layer.rule().u.to_vector<float>(), before.to_vector<float>());
  EXPECT_FALSE(other.rule().original.shares_storage(layer.rule().original));
}
TEST(Parametrized, SaysWhatIsMissing) {
  EXPECT_EQ(message_of<ValueError>(
                [] { weight_norm(Linear(3, 2, {.bias = false}), {}, &Linear::bias, "bias"); }),
            "Parametrized: the layer does not have this parameter; it was not asked for");
  EXPECT_EQ(message_of<ShapeError>([] { weight_norm(Linear(3, 2), {.dim = 2}); }),
            "weight_norm: there is no axis 2: (2, 3)");
  EXPECT_EQ(message_of<ValueError>([] { spectral_norm(Linear(3, 2), {.n_power_iterations = 0}); }),
            "spectral_norm: n_power_iterations must be at least 1: 0");
}

}  // namespace
}  // namespace ct::nn
