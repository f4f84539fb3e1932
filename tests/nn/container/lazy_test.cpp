// Lazy layers: what they are before and after their sizes are known.
#include <gtest/gtest.h>

#include "customtensor/customtensor.hpp"
#include "support/compare.hpp"

namespace ct::nn {
namespace {

using test::message_of;

std::vector<std::string> names_of(const Module& module) {
  std::vector<std::string> names;
  for (const auto& [name, value] : module.state_dict()) names.push_back(name);
  return names;
}
Sequential lazy() {
  return Sequential{LazyConv2d(4, 3, {.padding = 1, .groups = 2}), LazyBatchNorm2d(), ReLU(),
                    Flatten(), LazyLinear(5)};
}
Sequential plain() {
  return Sequential{Conv2d(6, 4, 3, {.padding = 1, .groups = 2}), BatchNorm2d(4), ReLU(), Flatten(),
                    Linear(4 * 5 * 5, 5)};
}

TEST(LazyLayers, FindTheirSizesAtTheFirstForward) {
  manual_seed(4);
  Sequential model = lazy();
  const Tensor x = randn({2, 6, 5, 5});
  EXPECT_EQ(model(x).shape(), (Shape{2, 5}));
  EXPECT_EQ(names_of(model), names_of(plain()));
  Sequential other = plain();
  other.load_state_dict(model.state_dict());
  model.eval();
  other.eval();
  EXPECT_EQ(model(x).to_vector<float>(), other(x).to_vector<float>());
}
TEST(LazyLayers, AreMadeByTheWeightsTheyLoad) {
  Sequential model = lazy();
  Sequential other = plain();
  const RandomState drawn = default_generator().state();
  model.load_state_dict(other.state_dict());
  EXPECT_EQ(default_generator().state().offset, drawn.offset);
  EXPECT_EQ(names_of(model), names_of(other));
  const Tensor x = randn({2, 6, 5, 5});
  model.eval();
  other.eval();
  EXPECT_EQ(model(x).to_vector<float>(), other(x).to_vector<float>());
}
TEST(LazyLayers, AStateThatDoesNotFitLeavesThemAsTheyWere) {
  Sequential model{LazyLinear(3), LazyLinear(2)};
  EXPECT_THROW(model.load_state_dict({{"0.weight", ones({3, 7})},
                                      {"0.bias", ones({3})},
                                      {"1.weight", ones({2, 3})},
                                      {"1.bias", ones({9})}}),
               ValueError);
  EXPECT_EQ(model(ones({1, 4})).shape(), (Shape{1, 2}));
  Sequential empty{LazyLinear(3)};
  EXPECT_THROW(empty.load_state_dict({{"0.bias", ones({3})}}), ValueError);
}
TEST(LazyLayers, HaveNoParametersBefore) {
  Sequential model{LazyLinear(3)};
  const std::string expected =
      "ct::nn::Sequential: 0.weight is not there yet: its size comes with the first input; run the "
      "module once, or load a state_dict";
  EXPECT_EQ(message_of<ValueError>([&] { model.parameters(); }), expected);
  EXPECT_EQ(message_of<ValueError>([&] { model.state_dict(); }), expected);
  EXPECT_THROW(optim::Adam(model.parameters(), {}), ValueError);
}
TEST(LazyLayers, KeepTheModeTheyWereIn) {
  Sequential model{LazyBatchNorm1d()};
  model.eval();
  model(randn({4, 3}));
  EXPECT_EQ(model.buffers()[0].to_vector<float>(), (std::vector<float>{0, 0, 0}));
}
TEST(LazyLayers, TakeTheTypeOfTheirInput) {
  LazyConv1d layer(2, 3);
  EXPECT_EQ(layer(ones({2, 5}, {.dtype = float64})).dtype(), float64);
  EXPECT_EQ(layer.layer().weight.shape(), (Shape{2, 2, 3}));
}
TEST(LazyLayers, OfEveryKind) {
  EXPECT_EQ(LazyConv3d(2, 2)(ones({3, 4, 4, 4})).shape(), (Shape{2, 3, 3, 3}));
  EXPECT_EQ(LazyConvTranspose1d(2, 3, 2)(ones({1, 3, 4})).shape(), (Shape{1, 2, 9}));
  EXPECT_EQ(LazyConvTranspose2d(2, 2, 2)(ones({3, 4, 4})).shape(), (Shape{2, 8, 8}));
  EXPECT_EQ(LazyConvTranspose3d(2, 2)(ones({3, 1, 1, 1})).shape(), (Shape{2, 2, 2, 2}));
  EXPECT_EQ(LazyBatchNorm3d()(randn({2, 3, 2, 2, 2})).shape(), (Shape{2, 3, 2, 2, 2}));
  EXPECT_EQ(LazyInstanceNorm1d()(randn({2, 3, 4})).shape(), (Shape{2, 3, 4}));
  EXPECT_EQ(LazyInstanceNorm2d({.affine = true})(randn({2, 3, 4, 4})).shape(), (Shape{2, 3, 4, 4}));
  EXPECT_EQ(LazyInstanceNorm3d()(randn({2, 3, 2, 2, 2})).shape(), (Shape{2, 3, 2, 2, 2}));
}
TEST(LazyLayers, SayWhatAnInputLacks) {
  EXPECT_EQ(message_of<ShapeError>([] { LazyLinear(2)(ones({})); }),
            "LazyLinear: the first input says no size: ()");
  EXPECT_EQ(message_of<ValueError>([] { LazyLinear(2)(Tensor()); }), "LazyLinear: x is undefined");
}

}  // namespace
}  // namespace ct::nn
