// Models on a device that the host cannot address: moved there, trained there, saved and loaded.
#include <gtest/gtest.h>

#include <memory>

#include "customtensor/customtensor.hpp"
#include "support/compare.hpp"
#include "support/scratch_folder.hpp"
#include "support/stranger_backend.hpp"
#include "support/tolerance.hpp"

namespace ct::nn {
namespace {

Device stranger() {
  static const Device device = register_backend(std::make_unique<test::StrangerBackend>());
  return device;
}

Sequential small_net() {
  manual_seed(2);
  return Sequential{Linear(3, 4), ReLU(), Linear(4, 2)};
}

float train_step(Sequential& net, optim::Optimizer& optimizer) {
  optimizer.zero_grad();
  const Tensor x = tensor({{1.F, -1.F, 0.5F}, {0.F, 2.F, 1.F}}).to(net.device());
  const Tensor loss = cross_entropy(net(x), tensor({0, 1}).to(net.device()));
  loss.backward();
  optimizer.step();
  return loss.item<float>();
}

TEST(MoveDevice, MovesEveryTensorAndKeepsIdentity) {
  Sequential net{Linear(3, 4), BatchNorm2d(2)};
  const Tensor weight = net.parameters()[0];
  const auto before = weight.to_vector<float>();
  net.to(stranger());
  EXPECT_EQ(net.device(), stranger());
  EXPECT_EQ(weight.device(), stranger());
  EXPECT_EQ(weight.to_vector<float>(), before);
  for (const Tensor& t : net.buffers()) EXPECT_EQ(t.device(), stranger());
}

TEST(MoveDevice, TrainsThereAsOnTheCpu) {
  Sequential here = small_net(), there = small_net();
  there.to(stranger());
  optim::Adam a(here.parameters(), {.lr = 0.1}), b(there.parameters(), {.lr = 0.1});
  for (int step = 0; step < 3; ++step) {
    EXPECT_NEAR(train_step(here, a), train_step(there, b), test::kGradient32);
  }
}

TEST(MoveDevice, OptimizerFollowsAModelThatMovesBetweenSteps) {
  Sequential here = small_net(), moving = small_net();
  optim::Adam a(here.parameters(), {.lr = 0.1}), b(moving.parameters(), {.lr = 0.1});
  train_step(here, a);
  train_step(moving, b);
  moving.to(stranger());
  EXPECT_NEAR(train_step(here, a), train_step(moving, b), test::kGradient32);
  EXPECT_EQ(b.state_dict().at("state.0.exp_avg").device(), stranger());
  moving.to("cpu");
  EXPECT_NEAR(train_step(here, a), train_step(moving, b), test::kGradient32);
}

TEST(MoveDevice, BeginsWithTheSameWeightsOnEveryDevice) {
  const Tensor here = empty({50, 40}), there = empty({50, 40}, stranger());
  Generator a(4), b(4);
  init::kaiming_uniform_(here, {}, &a);
  init::kaiming_uniform_(there, {}, &b);
  EXPECT_EQ(here.to_vector<float>(), there.to_vector<float>());
}

TEST(MoveDevice, SavesAndLoadsAcrossDevices) {
  const test::ScratchFolder folder;
  Sequential net = small_net();
  const auto weight = net.parameters()[0].to_vector<float>();
  net.to(stranger());
  io::save_safetensors(folder / "net", net.state_dict());
  init::zeros_(net.parameters()[0]);
  net.load_state_dict(io::load_safetensors(folder / "net"));
  EXPECT_EQ(net.device(), stranger());
  EXPECT_EQ(net.parameters()[0].to_vector<float>(), weight);
}

TEST(MoveDevice, DatasetsGiveBatchesOnTheCpu) {
  const data::TensorDataset set(ones({3, 2}, stranger()), zeros({3}, stranger()));
  EXPECT_EQ(set.range(0, 2).images.device(), Device("cpu"));
  EXPECT_EQ(set.range(0, 2).images.to_vector<float>(), std::vector<float>(4, 1.F));
}

}  // namespace
}  // namespace ct::nn
