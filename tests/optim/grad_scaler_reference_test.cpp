// GradScaler beside PyTorch's: the scale and the parameters that it has in
// tests/reference/grad_scaler.py, a bad element wherever it is, few launches for many gradients.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "conformance/devices.hpp"
#include "customtensor/autocast.hpp"
#include "customtensor/backend.hpp"
#include "customtensor/error.hpp"
#include "customtensor/nn.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/optim.hpp"
#include "customtensor/optim/grad_scaler.hpp"
#include "support/compare.hpp"

namespace ct::optim {
namespace {

using Json = nlohmann::json;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class GradScalerReference : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!test::device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
    device_ = Device(GetParam());
  }
  Tensor leaf(const Shape& shape, double value = 1) const {
    return full(shape, value, {.dtype = float32, .device = device_}).requires_grad_();
  }
  Device device_;
};

GradScalerOptions options_of(const Json& j) {
  return {.init_scale = j.at("init_scale"),
          .growth_factor = j.at("growth_factor"),
          .backoff_factor = j.at("backoff_factor"),
          .growth_interval = j.at("growth_interval")};
}

TEST_P(GradScalerReference, DoesWhatPyTorchDoes) {
  const double faults[30] = {
      0, 0, 0, 0, kInfinity, std::nan(""), 0,         0,        0, 0, 0, 0, 0, -kInfinity, 0,
      0, 0, 0, 0, 0,         std::nan(""), kInfinity, kInfinity};
  std::ifstream file(CT_TEST_DATA "/reference/grad_scaler.json");
  const Json cases = Json::parse(file).at("cases");
  for (size_t n = 0; n < cases.size(); ++n) {
    const Json& c = cases[n];
    Tensor a = tensor({1.0F, -2.0F, 0.5F}).to(device_).requires_grad_();
    Tensor b = tensor({{0.25F, 4.0F}}).to(device_).requires_grad_();
    SGD optimizer(Tensors{a, b}, {.lr = 0.125, .momentum = 0.5});
    GradScaler scaler(options_of(c.at("options")));
    std::vector<std::string> names;
    for (const auto& [name, value] : scaler.state_dict()) names.push_back(name);
    EXPECT_EQ(names, c.at("names").get<std::vector<std::string>>());
    for (int step = 0; step < 30; ++step) {
      optimizer.zero_grad();
      Tensor loss = (a * 0.03125 * (step % 5)).sum() + (b * b).sum() * 0.015625;
      if (faults[step] != 0) loss = loss + a.index({1}) * faults[step];
      scaler.scale(loss).backward();
      if (c.at("clip").get<bool>()) {
        scaler.unscale_(optimizer);
        clip_grad_norm_(optimizer.parameters(), 0.125);
      }
      const auto expected = c.at("steps").at(static_cast<size_t>(step)).get<std::vector<double>>();
      // A scale may also be one that gradients overflow by.
      EXPECT_EQ(scaler.step(optimizer), expected[0] >= scaler.get_scale()) << n << ' ' << step;
      scaler.update();
      EXPECT_EQ(scaler.get_scale(), expected[0]) << n << ' ' << step;
      EXPECT_EQ(scaler.state_dict().at("_growth_tracker").item<double>(), expected[1]);
      EXPECT_TRUE(test::near(cat({a.detach(), b.detach().flatten()}),
                             {expected.begin() + 2, expected.end()}, 1e-6))
          << n << ' ' << step;
    }
  }
}

TEST_P(GradScalerReference, FindsOneBadElementAnywhere) {
  // Small ones, one just below and above the size from which a gradient is looked at by itself, and
  // none.
  const std::vector<Shape> shapes{{3},    {(1 << 20) - 1}, {}, {0}, {1 << 20},
                                  {5, 7}, {(1 << 20) + 3}};
  Tensors parameters;
  for (const Shape& s : shapes) parameters.push_back(leaf(s));
  SGD optimizer(parameters, {.lr = 1});
  GradScaler scaler({.init_scale = 4});
  const auto clean = [&] {
    for (Tensor& p : parameters) p.set_grad(ones_like(p.detach()) * 4);
  };
  clean();
  EXPECT_TRUE(scaler.step(optimizer));
  scaler.update();
  for (const Tensor& p : parameters) {
    if (p.numel() == 0) continue;
    EXPECT_TRUE(test::near(p.detach().flatten().narrow(0, p.numel() - 1, 1), {0.0}, 0));
    for (const double bad : {kInfinity, -kInfinity, std::nan("")}) {
      clean();
      p.grad().flatten().narrow(0, p.numel() - 1, 1).fill_(bad);
      EXPECT_FALSE(scaler.step(optimizer)) << to_string(p.shape()) << ' ' << bad;
      scaler.update(4.0);
    }
  }
}

TEST_P(GradScalerReference, ManyGradientsTakeFewLaunches) {
  if (GetParam() == "cpu") GTEST_SKIP() << "launches are counted on custom_gpu";
  Tensors parameters;
  for (int i = 0; i < 100; ++i) parameters.push_back(leaf({10, 100}));
  SGD optimizer(parameters, {.lr = 1});
  GradScaler scaler;
  const auto launches = [&] {
    for (Tensor& p : parameters) p.set_grad(ones_like(p.detach()));
    const uint64_t before = device_.backend().counts().launches;
    scaler.unscale_(optimizer);
    const uint64_t now = device_.backend().counts().launches;
    EXPECT_TRUE(scaler.step(optimizer));
    scaler.update();
    return now - before;
  };
  // The kernel that takes many at once is built when it has been wanted often enough.
  for (int i = 0; i < 40; ++i) launches();
  EXPECT_LE(launches(), 10U);
}

TEST_P(GradScalerReference, KeepsGradientsThatFloat16WouldLose) {
  // 1e-6 times 1e-2 is below float16's least number.
  const Tensor w = leaf({4, 4}, 1e-3);
  SGD optimizer(Tensors{w}, {.lr = 1});
  const auto gradient = [&](GradScaler scaler) {
    optimizer.zero_grad();
    Tensor loss;
    {
      const AutocastGuard autocast(float16);
      loss = matmul(full({2, 4}, 1e-2, device_), w).to(float32).mean() * 1e-6;
    }
    scaler.scale(loss).backward();
    scaler.unscale_(optimizer);
    return w.grad().to_vector<double>()[0];
  };
  EXPECT_EQ(gradient(GradScaler({.enabled = false})), 0.0);
  EXPECT_NEAR(gradient(GradScaler()) / (2 * 1e-2 * 1e-6 / 8), 1.0, 2e-3);
}

INSTANTIATE_TEST_SUITE_P(Devices, GradScalerReference, ::testing::Values("cpu", "custom_gpu"),
                         [](const auto& p) { return p.param; });

Tensor small() { return ones({2}, {.requires_grad = true}); }

TEST(GradScalerShared, OneScaleServesSeveralOptimizers) {
  const Tensor a = small(), b = small();
  SGD first(Tensors{a}, {.lr = 1}), second(Tensors{b}, {.lr = 1});
  GradScaler scaler({.init_scale = 2});
  scaler.scale((a * 1.0).sum()).backward();
  scaler.scale((b * kInfinity).sum()).backward();
  EXPECT_TRUE(scaler.step(first));
  EXPECT_FALSE(scaler.step(second));
  scaler.update();
  EXPECT_TRUE(test::near(a, {0, 0}, 0));
  EXPECT_TRUE(test::near(b, {1, 1}, 0));
  EXPECT_EQ(scaler.get_scale(), 1.0);
}

TEST(GradScalerShared, ScalesListsAndNarrowLosses) {
  const GradScaler scaler;
  const Tensors scaled = scaler.scale(Tensors{full({1}, 2.0, {.dtype = float16}), ones({1})});
  EXPECT_EQ(scaled[0].dtype(), float32);
  EXPECT_TRUE(test::near(scaled[0], {131072.0}, 0));
  EXPECT_TRUE(test::near(scaled[1], {65536.0}, 0));
}

}  // namespace
}  // namespace ct::optim
