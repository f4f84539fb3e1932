// Autocast: which types ops take and give, what is kept of parameters, and how close losses stay.
#include "customtensor/autocast.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <optional>

#include "conformance/devices.hpp"
#include "customtensor/customtensor.hpp"
#include "ops/autocast_table.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;

TEST(Autocast, ProductsTakeTheLowerType) {
  const Tensor a = rand({4, 4}), b = rand({4, 4});
  const AutocastGuard on(bfloat16);
  EXPECT_EQ(matmul(a, b).dtype(), bfloat16);
  EXPECT_EQ(linear(a, b).dtype(), bfloat16);
  EXPECT_EQ(conv2d(rand({1, 2, 4, 4}), rand({3, 2, 3, 3})).dtype(), bfloat16);
  EXPECT_EQ(einsum("ij,jk->ik", std::vector{a, b}).dtype(), bfloat16);
  EXPECT_EQ(matmul(a.to(float64), b.to(float64)).dtype(), float64);
}
TEST(Autocast, WhatAddsUpOrHasASteepSlopeIsFloat32) {
  const Tensor x = rand({4, 4}).to(float16);
  const AutocastGuard on(float16);
  EXPECT_EQ(exp(x).dtype(), float32);
  EXPECT_EQ(x.sum().dtype(), float32);
  EXPECT_EQ(softmax(x, 1).dtype(), float32);
  EXPECT_EQ(mse_loss(x, x).dtype(), float32);
  EXPECT_EQ(cross_entropy(x, tensor({0, 1, 2, 3})).dtype(), float32);
}
TEST(Autocast, OthersKeepWhatTheyAreGiven) {
  const Tensor x = rand({4, 4}).to(float16);
  const AutocastGuard on(float16);
  EXPECT_EQ(relu(x).dtype(), float16);
  EXPECT_EQ((x + x).dtype(), float16);
  EXPECT_EQ((x + rand({4, 4})).dtype(), float32);
  EXPECT_EQ(cat({x, rand({4, 4})}, 0).dtype(), float32);
  EXPECT_EQ(layer_norm(x, {4}, ones({4}), zeros({4})).dtype(), float16);
}
TEST(Autocast, NestsAndEnds) {
  const Tensor a = rand({2, 2});
  EXPECT_FALSE(autocast_enabled());
  {
    const AutocastGuard outer(bfloat16);
    EXPECT_TRUE(autocast_enabled());
    EXPECT_EQ(autocast_dtype(), bfloat16);
    {
      const AutocastGuard off(bfloat16, false);
      EXPECT_EQ(matmul(a, a).dtype(), float32);
    }
    {
      const AutocastGuard inner(float16);
      EXPECT_EQ(matmul(a, a).dtype(), float16);
    }
    EXPECT_EQ(matmul(a, a).dtype(), bfloat16);
  }
  EXPECT_FALSE(autocast_enabled());
  EXPECT_EQ(matmul(a, a).dtype(), float32);
}
TEST(Autocast, AnErrorLeavesItOn) {
  const AutocastGuard on(bfloat16);
  EXPECT_THROW(matmul(ones({2, 3}), ones({2, 3})), ShapeError);
  EXPECT_TRUE(autocast_enabled());
}
TEST(Autocast, OnlyNarrowFloatingTypesWillDo) {
  EXPECT_EQ(message_of<DTypeError>([] { const AutocastGuard on(int32); }),
            "AutocastGuard: the lower type must be float16 or bfloat16: it is int32");
  EXPECT_FALSE(autocast_enabled());
}
TEST(Autocast, GradientsOfParametersAreFloat32) {
  nn::Linear layer(4, 3);
  Tensor loss;
  {
    const AutocastGuard on(bfloat16);
    loss = layer(rand({5, 4})).sum();
  }
  loss.backward();
  EXPECT_EQ(layer.weight.dtype(), float32);
  EXPECT_EQ(layer.weight.grad().dtype(), float32);
  EXPECT_EQ(layer.bias.grad().dtype(), float32);
}
TEST(Autocast, BackwardInsideIsTheSame) {
  const Tensor x = rand({5, 4});
  const auto gradient = [&](bool inside) {
    Tensor w = full({3, 4}, 0.3).requires_grad_();
    std::optional<AutocastGuard> on(std::in_place, bfloat16);
    const Tensor loss = exp(linear(x, w)).sum();
    if (!inside) on.reset();
    loss.backward();
    return w.grad().to_vector<float>();
  };
  EXPECT_EQ(gradient(true), gradient(false));
}
TEST(Autocast, AChangedParameterIsConvertedAnew) {
  Tensor w = ones({2, 2}).requires_grad_();
  const Tensor x = ones({1, 2});
  const AutocastGuard on(bfloat16);
  EXPECT_EQ(matmul(x, w).to_vector<float>(), (std::vector<float>{2, 2}));
  {
    const NoGradGuard off;
    w.mul_(3.0);
  }
  EXPECT_EQ(matmul(x, w).to_vector<float>(), (std::vector<float>{6, 6}));
}
TEST(Autocast, ACheckpointRunsAgainInTheTypesOfItsFirstRun) {
  const Tensor x = rand({3, 4});
  Tensor w = full({4, 4}, 0.25).requires_grad_();
  Tensor loss;
  {
    const AutocastGuard on(bfloat16);
    loss = autograd::checkpoint([](const Tensors& in) { return exp(matmul(in[0], in[1])); }, {x, w})
               .sum();
  }
  EXPECT_NO_THROW(loss.backward());
  EXPECT_EQ(w.grad().dtype(), float32);
}

TEST(Autocast, ThePageHasTheTable) {
  std::ifstream file(CT_TEST_DATA "/../docs/mixed_precision.md");
  std::map<ops::Precision, std::string> lists;
  const std::map<std::string, ops::Precision> heads = {
      {"| the lower type |", ops::Precision::lower},
      {"| float32, and so is the result |", ops::Precision::float32},
      {"| the widest type among the operands |", ops::Precision::widest},
      {"| the first operand's type;", ops::Precision::own}};
  for (std::string line; std::getline(file, line);) {
    for (const auto& [head, precision] : heads) {
      if (line.starts_with(head))
        lists[precision] = line.substr(line.rfind(" | ", line.size() - 3));
    }
  }
  std::map<ops::Precision, std::string> expected;
  for (const auto& [op, precision] : ops::kPrecisions) {
    std::string& list = expected[precision];
    list += (list.empty() ? " | `" : ", `") + std::string(op) + "`";
  }
  for (auto& [precision, list] : expected) EXPECT_EQ(lists[precision], list + " |");
}

struct Setting {
  std::string device;
  DType dtype;
};

class AutocastTraining : public ::testing::TestWithParam<Setting> {
 protected:
  void SetUp() override {
    if (!test::device_available(GetParam().device)) {
      GTEST_SKIP() << "DEVICE MISSING: " << GetParam().device;
    }
  }
  Device device() const { return Device(GetParam().device); }

  /// Losses of 20 steps, and the most bytes that were saved for backward.
  struct Outcome {
    std::vector<double> losses = {};
    int64_t saved = 0;
  };
  Outcome train(nn::Module& model, const Tensor& x, const Tensor& labels, bool lower) const {
    optim::SGD sgd(model.parameters(), {.lr = 0.05, .momentum = 0.9});
    optim::GradScaler scaler({.enabled = lower && GetParam().dtype == float16});
    Outcome run;
    const int64_t before = memory_report(device()).saved;
    for (int step = 0; step < 20; ++step) {
      sgd.zero_grad();
      Tensor loss;
      {
        const AutocastGuard autocast(GetParam().dtype, lower);
        loss = cross_entropy(model(x).flatten(1), labels);
      }
      run.saved = std::max(run.saved, memory_report(device()).saved - before);
      scaler.scale(loss).backward();
      scaler.step(sgd);
      if (scaler.is_enabled()) scaler.update();
      run.losses.push_back(loss.item<double>());
    }
    return run;
  }
  /// The lower type has 8 (bfloat16) or 11 bits: sums of a step's rounding errors stay below ten
  /// units of the last of them, of the first loss.
  void expect_follows(const Outcome& lower, const Outcome& whole) const {
    const double unit = GetParam().dtype == bfloat16 ? 1.0 / 256 : 1.0 / 2048;
    for (size_t i = 0; i < whole.losses.size(); ++i) {
      EXPECT_NEAR(lower.losses[i], whole.losses[i], 10 * unit * whole.losses[0]) << "step " << i;
    }
    EXPECT_LT(whole.losses.back(), 0.9 * whole.losses.front());
  }
  Tensor labels(int64_t n) const { return arange(n, {.device = device()}) % 4; }
};

TEST_P(AutocastTraining, AnMlpFollowsFloat32AndKeepsHalf) {
  Outcome runs[2];
  for (int lower = 0; lower < 2; ++lower) {
    manual_seed(3);
    nn::Sequential model{nn::Linear(64, 256), nn::ReLU(), nn::Linear(256, 256), nn::ReLU(),
                         nn::Linear(256, 4)};
    const Tensor x = randn({128, 64});
    model.to(device());
    runs[lower] = train(model, x.to(device()), labels(128), lower != 0);
  }
  expect_follows(runs[1], runs[0]);
  EXPECT_LE(static_cast<double>(runs[1].saved), 0.6 * static_cast<double>(runs[0].saved));
}

TEST_P(AutocastTraining, AConvolutionalNetworkFollowsFloat32AndKeepsHalf) {
  Outcome runs[2];
  for (int lower = 0; lower < 2; ++lower) {
    manual_seed(5);
    nn::Sequential model{nn::Conv2d(3, 16, 3, {.padding = 1}),
                         nn::BatchNorm2d(16),
                         nn::ReLU(),
                         nn::Residual(nn::Sequential{nn::Conv2d(16, 16, 3, {.padding = 1}),
                                                     nn::BatchNorm2d(16), nn::ReLU()}),
                         nn::MaxPool2d(2),
                         nn::Conv2d(16, 4, 3, {.stride = 2, .padding = 1}),
                         nn::AdaptiveAvgPool2d(1)};
    const Tensor x = randn({16, 3, 16, 16});
    model.to(device());
    runs[lower] = train(model, x.to(device()), labels(16), lower != 0);
  }
  expect_follows(runs[1], runs[0]);
  EXPECT_LE(static_cast<double>(runs[1].saved), 0.6 * static_cast<double>(runs[0].saved));
}

TEST_P(AutocastTraining, ATransformerFollowsFloat32AndKeepsHalf) {
  struct Net : nn::Module {
    nn::TransformerEncoderLayer layer{
        32, 4, {.dim_feedforward = 64, .dropout = 0, .batch_first = true}};
    nn::Linear head{32, 4};
    void members(nn::Members& m) override {
      m("layer", layer);
      m("head", head);
    }
    Tensor forward(const Tensor& x) override { return head(layer(x).mean(1)); }
  };
  Outcome runs[2];
  for (int lower = 0; lower < 2; ++lower) {
    manual_seed(7);
    Net model;
    const Tensor x = randn({16, 32, 32});
    model.to(device());
    runs[lower] = train(model, x.to(device()), labels(16), lower != 0);
  }
  expect_follows(runs[1], runs[0]);
  EXPECT_LE(static_cast<double>(runs[1].saved), 0.6 * static_cast<double>(runs[0].saved));
}

INSTANTIATE_TEST_SUITE_P(Devices, AutocastTraining,
                         ::testing::Values(Setting{"cpu", bfloat16}, Setting{"custom_gpu", float16},
                                           Setting{"custom_gpu", bfloat16}),
                         [](const auto& info) {
                           return info.param.device + "_" + std::string(name(info.param.dtype));
                         });

}  // namespace
}  // namespace ct
