// Training under autocast: the losses of float32 within what rounding may do, and half of its
// activation memory.
//
// The bound: a result is rounded to the lower type once for each op on its way to the loss, by at
// most u = 2^-11 (float16) or 2^-8 (bfloat16) of itself, forward and backward; weights and steps
// are float32. These errors have either sign and do not know of each other, so they add up as the
// root of their number, and the loss is a mean over the batch: |loss - float32's loss| <= sqrt(ops
// on the longest path / batch) * u * first loss.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <memory>
#include <string>

#include "conformance/devices.hpp"
#include "customtensor/autocast.hpp"
#include "customtensor/autograd.hpp"
#include "customtensor/memory.hpp"
#include "customtensor/nn.hpp"
#include "customtensor/nn/container/checkpoint.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/optim.hpp"
#include "customtensor/optim/grad_scaler.hpp"

namespace ct::nn {
namespace {

/// A model, a batch for it, and how many results in the lower type lie between input and loss.
struct Task {
  std::unique_ptr<Module> model;
  Tensor x, y;
  int path;
};

AnyModule convolutions(int64_t channels) {
  const Conv2dOptions padded{.padding = 1, .bias = false};
  return Sequential{Conv2d(channels, channels, 3, padded), BatchNorm2d(channels), ReLU(),
                    Conv2d(channels, channels, 3, padded), BatchNorm2d(channels)};
}

/// Tokens (n, length, features), averaged and classified.
struct Transformer : Module {
  TransformerEncoder encoder{
      TransformerEncoderLayer(32, 4, {.dim_feedforward = 64, .dropout = 0.0, .batch_first = true}),
      2};
  Linear head{32, 10};
  void members(Members& m) override {
    m("encoder", encoder);
    m("head", head);
  }
  Tensor forward(const Tensor& x) override { return head(encoder(x).mean({1})); }
};

Task task(const std::string& which, Device device) {
  manual_seed(5);
  Task t;
  Generator g(9);
  int64_t batch = 32;
  if (which == "mlp") {
    t.model = std::make_unique<Sequential>(
        Sequential{Linear(64, 128), ReLU(), Linear(128, 128), GELU(), Linear(128, 10)});
    t.x = randn({batch, 64}, {}, &g);
    t.path = 5;
  } else if (which == "resnet") {
    batch = 8;
    t.model = std::make_unique<Sequential>(
        Sequential{Conv2d(3, 8, 3, {.padding = 1, .bias = false}), BatchNorm2d(8), ReLU(),
                   Residual(convolutions(8)), ReLU(), Residual(convolutions(8)), ReLU(),
                   AvgPool2d(16), Flatten(), Linear(8, 10)});
    t.x = randn({batch, 3, 16, 16}, {}, &g);
    t.path = 19;
  } else {
    batch = 8;
    t.model = std::make_unique<Transformer>();
    t.x = randn({batch, 16, 32}, {}, &g);
    t.path = 20;
  }
  t.model->to(device);
  t.x = t.x.to(device);
  t.y = (arange(batch, {.dtype = int64}) % 10).to(device);
  return t;
}

/// Losses of 20 steps; float32 unless a lower type is given.
std::vector<double> losses(const std::string& which, Device device, DType dtype) {
  const Task t = task(which, device);
  optim::SGD optimizer(t.model->parameters(), {.lr = 0.02, .momentum = 0.9});
  optim::GradScaler scaler({.init_scale = 1024.0, .enabled = dtype == float16});
  std::vector<double> all;
  for (int step = 0; step < 20; ++step) {
    optimizer.zero_grad();
    Tensor loss;
    {
      const AutocastGuard autocast(dtype == float32 ? bfloat16 : dtype, dtype != float32);
      loss = cross_entropy((*t.model)(t.x), t.y);
    }
    EXPECT_EQ(loss.dtype(), float32);
    all.push_back(loss.item<double>());
    scaler.scale(loss).backward();
    EXPECT_TRUE(scaler.step(optimizer)) << step;
    scaler.update();
  }
  for (const Tensor& p : t.model->parameters()) EXPECT_EQ(p.dtype(), float32);
  return all;
}

/// Bytes that the tape keeps between forward and backward.
int64_t saved_bytes(const std::string& which, Device device, DType dtype) {
  const Task t = task(which, device);
  const int64_t before = memory_report(device).saved;
  const AutocastGuard autocast(dtype == float32 ? bfloat16 : dtype, dtype != float32);
  const Tensor loss = (*t.model)(t.x).square().mean();
  return memory_report(device).saved - before;
}

struct Setting {
  const char* device;
  DType dtype;
};

class MixedPrecision : public ::testing::TestWithParam<Setting> {
 protected:
  void SetUp() override {
    if (!test::device_available(GetParam().device)) {
      GTEST_SKIP() << "DEVICE MISSING: " << GetParam().device;
    }
    device_ = Device(GetParam().device);
  }
  void expect_losses_follow(const std::string& which) const {
    const DType dtype = GetParam().dtype;
    const std::vector<double> plain = losses(which, device_, float32);
    const std::vector<double> mixed = losses(which, device_, dtype);
    const double unit = dtype == float16 ? std::ldexp(1.0, -11) : std::ldexp(1.0, -8);
    const Task t = task(which, device_);
    const double bound = std::sqrt(t.path / static_cast<double>(t.x.size(0))) * unit * plain[0];
    double most = 0;
    for (size_t i = 0; i < plain.size(); ++i) {
      EXPECT_NEAR(mixed[i], plain[i], bound) << "step " << i;
      most = std::max(most, std::abs(mixed[i] - plain[i]));
    }
    EXPECT_LT(plain.back(), plain.front() - 10 * most);  // the bound is far below what is learnt
    EXPECT_GT(most, 0.0);
  }
  void expect_half_of_the_memory(const std::string& which) const {
    const int64_t plain = saved_bytes(which, device_, float32);
    const int64_t mixed = saved_bytes(which, device_, GetParam().dtype);
    EXPECT_GT(plain, 20000);
    EXPECT_LE(2 * mixed, plain) << mixed << " of " << plain;
  }
  Device device_;
};

TEST_P(MixedPrecision, LossesOfAnMlpFollowFloat32) { expect_losses_follow("mlp"); }
TEST_P(MixedPrecision, LossesOfAResnetFollowFloat32) { expect_losses_follow("resnet"); }
TEST_P(MixedPrecision, LossesOfATransformerFollowFloat32) { expect_losses_follow("transformer"); }

TEST_P(MixedPrecision, AnMlpSavesHalfForBackward) { expect_half_of_the_memory("mlp"); }
TEST_P(MixedPrecision, AResnetSavesHalfForBackward) { expect_half_of_the_memory("resnet"); }
TEST_P(MixedPrecision, ATransformerSavesHalfForBackward) {
  expect_half_of_the_memory("transformer");
}

INSTANTIATE_TEST_SUITE_P(Devices, MixedPrecision,
                         ::testing::Values(Setting{"cpu", bfloat16}, Setting{"custom_gpu", float16},
                                           Setting{"custom_gpu", bfloat16}),
                         [](const auto& p) {
                           return std::string(p.param.device) + "_" +
                                  std::string(name(p.param.dtype));
                         });

}  // namespace
}  // namespace ct::nn
