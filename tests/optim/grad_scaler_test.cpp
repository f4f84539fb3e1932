// GradScaler: what a step does with gradients that are finite and those that are not, how the scale
// moves, and what misuse is answered with.
#include "customtensor/optim/grad_scaler.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "conformance/devices.hpp"
#include "customtensor/customtensor.hpp"
#include "support/compare.hpp"

namespace ct::optim {
namespace {

using test::message_of;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class GradScalerTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!test::device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
    for (const int64_t n : {3, 1, 5}) {
      parameters_.push_back(ones({n}, Device(GetParam())).requires_grad_());
    }
  }
  void backward(GradScaler& scaler, double factor) {
    Tensor loss = parameters_[0].sum() * 2.0;
    for (size_t i = 1; i < parameters_.size(); ++i) loss = loss + parameters_[i].sum() * factor;
    scaler.scale(loss).backward();
  }
  std::vector<float> first() const { return parameters_[0].to_vector<float>(); }

  Tensors parameters_;
};

TEST_P(GradScalerTest, DividesGradientsBeforeTheStep) {
  SGD sgd(parameters_, {.lr = 0.25});
  GradScaler scaler({.init_scale = 1024});
  backward(scaler, 1.0);
  EXPECT_EQ(parameters_[0].grad().to_vector<float>(), (std::vector<float>{2048, 2048, 2048}));
  EXPECT_TRUE(scaler.step(sgd));
  EXPECT_EQ(first(), (std::vector<float>{0.5, 0.5, 0.5}));
  scaler.update();
  EXPECT_EQ(scaler.get_scale(), 1024);
}
TEST_P(GradScalerTest, LeavesOutAStepThatIsNotFiniteAndBacksOff) {
  for (const double bad : {kInfinity, std::nan("")}) {
    SGD sgd(parameters_, {.lr = 0.25});
    GradScaler scaler({.init_scale = 1024});
    for (Tensor& p : parameters_) p.set_grad(Tensor());
    backward(scaler, bad);
    EXPECT_FALSE(scaler.step(sgd));
    EXPECT_EQ(first(), (std::vector<float>{1, 1, 1}));
    scaler.update();
    EXPECT_EQ(scaler.get_scale(), 512);
  }
}
TEST_P(GradScalerTest, FindsOneInAMillion) {
  Tensor large = zeros({1 << 20}, Device(GetParam())).requires_grad_();
  Tensor g = zeros({1 << 20}, Device(GetParam()));
  SGD sgd({large}, {.lr = 1.0});
  for (const bool bad : {false, true}) {
    GradScaler scaler({.init_scale = 4});
    if (bad) g.index({(1 << 20) - 3}).fill_(kInfinity);
    large.set_grad(g.clone());
    EXPECT_EQ(scaler.step(sgd), !bad);
  }
}
TEST_P(GradScalerTest, GrowsAfterEnoughGoodSteps) {
  SGD sgd(parameters_, {.lr = 0.0});
  GradScaler scaler({.init_scale = 8, .growth_interval = 3});
  std::vector<double> scales;
  for (int step = 0; step < 7; ++step) {
    sgd.zero_grad();
    backward(scaler, step == 4 ? kInfinity : 1.0);
    scaler.step(sgd);
    scaler.update();
    scales.push_back(scaler.get_scale());
  }
  EXPECT_EQ(scales, (std::vector<double>{8, 8, 16, 16, 8, 8, 8}));
}
TEST_P(GradScalerTest, UnscaledGradientsCanBeClipped) {
  SGD sgd(parameters_, {.lr = 1.0});
  GradScaler scaler({.init_scale = 1024});
  backward(scaler, 2.0);
  scaler.unscale_(sgd);
  EXPECT_EQ(parameters_[1].grad().to_vector<float>(), (std::vector<float>{2}));
  clip_grad_value_(parameters_, 0.5);
  EXPECT_TRUE(scaler.step(sgd));
  EXPECT_EQ(first(), (std::vector<float>{0.5, 0.5, 0.5}));
}

INSTANTIATE_TEST_SUITE_P(Devices, GradScalerTest,
                         ::testing::Values(std::string("cpu"), std::string("custom_gpu")),
                         [](const auto& info) { return info.param; });

Tensor one() { return ones({2}).requires_grad_(); }

TEST(GradScaler, PassesEverythingOnIfItIsOff) {
  Tensor w = one();
  SGD sgd({w}, {.lr = 1.0});
  GradScaler scaler({.enabled = false});
  scaler.scale(w.sum()).backward();
  EXPECT_TRUE(scaler.step(sgd));
  scaler.update();
  EXPECT_EQ(w.to_vector<float>(), (std::vector<float>{0, 0}));
  EXPECT_EQ(scaler.get_scale(), 1.0);
  EXPECT_EQ(scaler.state_dict().size(), 0U);
}
TEST(GradScaler, CarriesItsStateUnderTheNamesOfPyTorch) {
  Tensor w = one();
  SGD sgd({w}, {.lr = 0.0});
  GradScaler scaler({.init_scale = 32, .growth_factor = 3, .growth_interval = 5});
  scaler.scale(w.sum()).backward();
  scaler.step(sgd);
  scaler.update();
  const StateDict state = scaler.state_dict();
  EXPECT_EQ(state.at("scale").item<double>(), 32);
  EXPECT_EQ(state.at("growth_factor").item<double>(), 3);
  EXPECT_EQ(state.at("backoff_factor").item<double>(), 0.5);
  EXPECT_EQ(state.at("growth_interval").item<int64_t>(), 5);
  EXPECT_EQ(state.at("_growth_tracker").item<int64_t>(), 1);
  GradScaler other;
  other.load_state_dict(state);
  EXPECT_EQ(other.get_scale(), 32);
  EXPECT_EQ(other.get_growth_interval(), 5);
}
TEST(GradScaler, RefusesAStateThatDoesNotFitAndKeepsItsOwn) {
  GradScaler scaler({.init_scale = 32});
  StateDict state;
  for (const auto& [name, value] : scaler.state_dict()) {
    if (name != "scale") state.insert(name, value);
  }
  state.insert("more", ones({}));
  EXPECT_EQ(message_of<ValueError>([&] { scaler.load_state_dict(state); }),
            "GradScaler: load_state_dict: the names do not fit:\n  missing: scale\n"
            "  unexpected: more");
  state = scaler.state_dict();
  Tensor tracker = state.at("_growth_tracker");
  tracker.fill_(-1);
  EXPECT_EQ(message_of<ValueError>([&] { scaler.load_state_dict(state); }),
            "GradScaler: _growth_tracker must not be negative: -1");
  EXPECT_EQ(scaler.get_scale(), 32);
}
TEST(GradScaler, RefusesSettingsOutOfRange) {
  EXPECT_EQ(message_of<ValueError>([] { GradScaler({.init_scale = 0}); }),
            "GradScaler: init_scale must be above 0 and finite: 0");
  EXPECT_EQ(message_of<ValueError>([] { GradScaler({.backoff_factor = 1}); }),
            "GradScaler: backoff_factor must be in (0, 1): 1");
  EXPECT_EQ(message_of<ValueError>([] { GradScaler({.growth_interval = 0}); }),
            "GradScaler: growth_interval must be at least 1: 0");
}
TEST(GradScaler, RefusesStepsOutOfOrder) {
  Tensor w = one();
  SGD sgd({w}, {.lr = 0.0});
  GradScaler scaler;
  EXPECT_EQ(message_of<ValueError>([&] { scaler.update(); }),
            "GradScaler: update was called before any gradients were looked at; call "
            "step(optimizer) first");
  EXPECT_EQ(message_of<ValueError>([&] { scaler.step(sgd); }),
            "GradScaler: no parameter of the optimizer has a gradient; call "
            "scale(loss).backward() first");
  scaler.scale(w.sum()).backward();
  scaler.unscale_(sgd);
  EXPECT_EQ(message_of<ValueError>([&] { scaler.unscale_(sgd); }),
            "GradScaler: unscale_ was called twice for one optimizer; call update() between");
  scaler.step(sgd);
  EXPECT_EQ(message_of<ValueError>([&] { scaler.unscale_(sgd); }),
            "GradScaler: unscale_ was called after step for one optimizer; call update() between");
  EXPECT_EQ(message_of<ValueError>([&] { scaler.step(sgd); }),
            "GradScaler: step was called twice for one optimizer; call update() between");
}
TEST(GradScaler, RefusesGradientsThatAreNarrowThemselves) {
  Tensor w = ones({2}).to(float16).detach().requires_grad_();
  SGD sgd({w}, {.lr = 0.0});
  GradScaler scaler;
  w.set_grad(ones({2}).to(float16));
  EXPECT_EQ(message_of<ValueError>([&] { scaler.unscale_(sgd); }),
            "GradScaler: the gradient of parameter 0 is float16: dividing it by the scale would "
            "lose what the scale was for; keep parameters in float32 and use an AutocastGuard");
}

}  // namespace
}  // namespace ct::optim
