// Every module's forward and backward on "meta": the form of the result and the gradients is that
// of the cpu's.
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "customtensor/customtensor.hpp"

namespace ct::nn {
namespace {

struct Case {
  const char* name;
  std::function<std::unique_ptr<Module>()> make;
  Shape input;
};

template <class M, class... Args>
Case layer(const char* name, const Shape& input, Args... args) {
  return {name, [=] { return std::make_unique<M>(args...); }, input};
}

std::vector<Case> cases() {
  const Shape image = {2, 4, 8, 8};
  const train::ImageShape picture{.channels = 4, .height = 8, .width = 8, .classes = 3};
  return {
      layer<Linear>("Linear", {2, 3}, 3, 5),
      layer<Conv2d>("Conv2d", image, 4, 6, Pair(3),
                    Conv2dOptions{.stride = 2, .padding = 1, .groups = 2}),
      layer<MaxPool2d>("MaxPool2d", image, Pair(3)),
      layer<AvgPool2d>("AvgPool2d", image, Pair(2)),
      layer<BatchNorm2d>("BatchNorm2d", image, 4),
      layer<BatchNorm1d>("BatchNorm1d", {2, 4, 5}, 4),
      layer<BatchNorm3d>("BatchNorm3d", {2, 4, 3, 2, 2}, 4),
      layer<LayerNorm>("LayerNorm", image, 8),
      layer<RMSNorm>("RMSNorm", image, 8),
      layer<GroupNorm>("GroupNorm", image, 2, 4),
      layer<InstanceNorm1d>("InstanceNorm1d", {2, 4, 5}, 4, InstanceNormOptions{.affine = true}),
      layer<InstanceNorm2d>("InstanceNorm2d", image, 4,
                            InstanceNormOptions{.track_running_stats = true}),
      layer<InstanceNorm3d>("InstanceNorm3d", {2, 4, 3, 2, 2}, 4),
      layer<LocalResponseNorm>("LocalResponseNorm", image, 3),
      layer<MultiheadAttention>("MultiheadAttention", {5, 2, 8}, 8, 2),
      layer<ReLU>("ReLU", image),
      layer<LeakyReLU>("LeakyReLU", image),
      layer<GELU>("GELU", image),
      layer<SiLU>("SiLU", image),
      layer<Sigmoid>("Sigmoid", image),
      layer<Tanh>("Tanh", image),
      layer<ReLU6>("ReLU6", image),
      layer<ELU>("ELU", image),
      layer<SELU>("SELU", image),
      layer<CELU>("CELU", image),
      layer<PReLU>("PReLU", image, 4),
      layer<RReLU>("RReLU", image),
      layer<Mish>("Mish", image),
      layer<LogSigmoid>("LogSigmoid", image),
      layer<Tanhshrink>("Tanhshrink", image),
      layer<Hardtanh>("Hardtanh", image),
      layer<Hardsigmoid>("Hardsigmoid", image),
      layer<Hardswish>("Hardswish", image),
      layer<Hardshrink>("Hardshrink", image),
      layer<Softshrink>("Softshrink", image),
      layer<Softplus>("Softplus", image),
      layer<Softsign>("Softsign", image),
      layer<Threshold>("Threshold", image, 0.1, 2.0),
      layer<GLU>("GLU", image),
      layer<SwiGLU>("SwiGLU", image, 1),
      layer<Softmax>("Softmax", image, 1),
      layer<Softmin>("Softmin", image, 1),
      layer<LogSoftmax>("LogSoftmax", image, 1),
      layer<Softmax2d>("Softmax2d", image),
      layer<Dropout>("Dropout", image, 0.5),
      layer<Dropout1d>("Dropout1d", {2, 4, 5}),
      layer<Dropout2d>("Dropout2d", image),
      layer<Dropout3d>("Dropout3d", {2, 4, 3, 2, 2}),
      layer<AlphaDropout>("AlphaDropout", image),
      layer<FeatureAlphaDropout>("FeatureAlphaDropout", image),
      layer<DropPath>("DropPath", image, 0.5),
      layer<ConstantPad2d>("ConstantPad2d", image, 1, 0.5),
      layer<ZeroPad1d>("ZeroPad1d", {2, 3}, 2),
      layer<ReflectionPad2d>("ReflectionPad2d", image, 2),
      layer<ReplicationPad3d>("ReplicationPad3d", {2, 4, 3, 2, 2}, 1),
      layer<CircularPad1d>("CircularPad1d", {2, 3}, 2),
      layer<Unflatten>("Unflatten", image, 1, Shape{2, 2}),
      layer<Flatten>("Flatten", image),
      layer<Identity>("Identity", image),
      // Copies of a layer share its weights: a new one each time.
      {"Sequential",
       [] {
         return std::make_unique<Sequential>(Sequential{Linear(3, 4), ReLU()});
       },
       {2, 3}},
      layer<train::Mlp>("Mlp", image, picture),
      layer<train::LeNet>("LeNet", image, picture),
      layer<train::BasicBlock>("BasicBlock", image, 4, 8, 2),
      layer<train::ResNet18>("ResNet18", image, picture)};
}

class MetaModuleTest : public ::testing::TestWithParam<Case> {};

TEST_P(MetaModuleTest, RunsAndDerives) {
  for (const bool training : {true, false}) {
    const auto run = [&](Device device) {
      const auto module = GetParam().make();
      module->to(device);
      module->train(training);
      Tensor x = ones(GetParam().input, {.device = device, .requires_grad = true});
      const Tensor y = (*module)(x);
      y.sum().backward();
      Tensors results = {y, x.grad()};
      for (const Tensor& parameter : module->parameters()) results.push_back(parameter.grad());
      for (const Tensor& buffer : module->buffers()) results.push_back(buffer);
      return results;
    };
    const Tensors here = run("cpu"), there = run("meta");
    ASSERT_EQ(here.size(), there.size());
    for (size_t i = 0; i < here.size(); ++i) {
      ASSERT_EQ(here[i].defined(), there[i].defined());
      if (!here[i].defined()) continue;
      EXPECT_EQ(here[i].shape(), there[i].shape());
      EXPECT_EQ(here[i].dtype(), there[i].dtype());
      EXPECT_EQ(there[i].device(), Device("meta"));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Modules, MetaModuleTest, ::testing::ValuesIn(cases()),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(MetaModule, LossesGiveANumber) {
  const Device meta("meta");
  const Tensor logits = empty({4, 3}, {.device = meta, .requires_grad = true});
  const Tensor targets = empty({4}, {.dtype = int64, .device = meta});
  EXPECT_EQ(CrossEntropyLoss()(logits, targets).shape(), (Shape{}));
  EXPECT_EQ(MSELoss()(logits, logits).shape(), (Shape{}));
  EXPECT_EQ(L1Loss()(logits, logits).shape(), (Shape{}));
}

TEST(MetaModule, AStepOfTrainingRuns) {
  Sequential model{Linear(3, 4), ReLU(), Linear(4, 2)};
  model.to("meta");
  optim::Adam optimizer(model.parameters(), {});
  cross_entropy(model(empty({5, 3}, Device("meta"))),
                empty({5}, {.dtype = int64, .device = "meta"}))
      .backward();
  optim::clip_grad_norm_(model.parameters(), 1.0);
  optimizer.step();
  EXPECT_EQ(model.parameters()[0].grad().shape(), (Shape{4, 3}));
}

}  // namespace
}  // namespace ct::nn
