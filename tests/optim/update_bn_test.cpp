// update_bn against PyTorch 2.13, and what it leaves as it was.
#include "customtensor/optim/update_bn.hpp"

#include <gtest/gtest.h>

#include "conformance/devices.hpp"
#include "customtensor/data.hpp"
#include "customtensor/error.hpp"
#include "customtensor/nn.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/optim/averaging.hpp"
#include "support/compare.hpp"
#include "support/tolerance.hpp"

namespace ct::optim {
namespace {

using test::near;

struct Net : nn::Module {
  nn::Linear linear{2, 2};
  nn::BatchNorm1d norm{2, {.momentum = 0.3}};
  nn::Dropout dropout{0.5};
  void members(nn::Members& m) override {
    m("linear", linear);
    m("norm", norm);
    m("dropout", dropout);
  }
  Tensor forward(const Tensor& x) override { return dropout(norm(linear(x))); }
};

/// Batches of 3, 3 and 2 samples.
Tensors batches(Device device = Device()) {
  const Tensor x = tensor({{1.F, 2.F},
                           {3.F, -1.F},
                           {0.F, 4.F},
                           {2.F, 2.F},
                           {-1.F, 0.F},
                           {5.F, 1.F},
                           {4.F, -3.F},
                           {1.F, 1.F}})
                       .to(device);
  return {x.narrow(0, 0, 3), x.narrow(0, 3, 3), x.narrow(0, 6, 2)};
}

class UpdateBn : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!test::device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
    const NoGradGuard off;
    net_.linear.weight.copy_(tensor({{1.F, 0.5F}, {-2.F, 1.F}}));
    net_.linear.bias.copy_(tensor({0.25F, -1.F}));
    net_.norm.running_mean.fill_(7);
    net_.norm.num_batches_tracked.fill_(9);
    net_.to(Device(GetParam()));
  }
  void expect_anew(const Net& net) const {
    EXPECT_TRUE(near(net.norm.running_mean, kMean, test::kElementwise32));
    EXPECT_TRUE(near(net.norm.running_var, kVar, test::kElementwise32));
    EXPECT_EQ(net.norm.num_batches_tracked.item<int64_t>(), 3);
  }
  // torch.optim.swa_utils.update_bn of the same network and batches.
  const std::vector<double> kMean = {2.472222222, -4.333333333}, kVar = {3.777777778, 37.33333333};
  Net net_;
};

TEST_P(UpdateBn, AveragesTheStatisticsOfAllBatchesAsPyTorchDoes) {
  update_bn(batches(), net_, Device(GetParam()));
  expect_anew(net_);
}

TEST_P(UpdateBn, ServesAnAverageOfWeights) {
  AveragedModel average(net_);
  average.update_parameters(net_);
  average.eval();
  update_bn(batches(net_.device()), average);
  expect_anew(average.module);
  EXPECT_TRUE(near(net_.norm.running_mean, {7, 7}, 0));
  EXPECT_FALSE(average.is_training());
}

TEST_P(UpdateBn, LeavesModesMomentaAndWeightsAsTheyWere) {
  net_.dropout.eval();
  const auto before = net_.linear.weight.to_vector<float>();
  update_bn(batches(net_.device()), net_);
  EXPECT_TRUE(net_.is_training());
  EXPECT_TRUE(net_.norm.is_training());
  EXPECT_FALSE(net_.dropout.is_training());
  EXPECT_EQ(net_.norm.momentum(), 0.3);
  EXPECT_EQ(net_.linear.weight.to_vector<float>(), before);
  EXPECT_FALSE(net_.linear.weight.grad().defined());
}

INSTANTIATE_TEST_SUITE_P(Devices, UpdateBn, ::testing::Values("cpu", "custom_gpu"),
                         [](const auto& p) { return p.param; });

TEST(UpdateBnRanges, MayBeALoaderOrListsOfTensors) {
  Net one, other, loaded;
  other.load_state_dict(one.state_dict());
  loaded.load_state_dict(one.state_dict());
  update_bn(batches(), one);
  std::vector<Tensors> pairs;
  for (const Tensor& x : batches()) pairs.push_back({x, zeros({1})});
  update_bn(pairs, other);
  data::DataLoader loader(data::TensorDataset(cat(batches(), 0), zeros({8}, {.dtype = int64})),
                          {.batch_size = 3});
  update_bn(loader, loaded);
  EXPECT_TRUE(near(other.norm.running_var, one.norm.running_var, 0));
  EXPECT_TRUE(near(loaded.norm.running_var, one.norm.running_var, 0));
  EXPECT_EQ(loaded.norm.num_batches_tracked.item<int64_t>(), 3);
}

TEST(UpdateBnRanges, AModelWithoutBatchNormalisationIsNotRun) {
  nn::Linear linear(3, 3);
  linear.eval();
  update_bn(batches(), linear);  // the batches would not fit
  EXPECT_FALSE(linear.is_training());
}

TEST(UpdateBnRanges, AFaultLeavesModesAndMomenta) {
  Net net;
  net.eval();
  EXPECT_THROW(update_bn(Tensors{ones({2, 3})}, net), ShapeError);
  EXPECT_FALSE(net.is_training());
  EXPECT_FALSE(net.norm.is_training());
  EXPECT_EQ(net.norm.momentum(), 0.3);
}

TEST(BatchNormSettings, MomentumIsAShare) {
  nn::BatchNorm2d norm(3);
  EXPECT_EQ(test::message_of<ValueError>([&] { norm.set_momentum(1.5); }),
            "BatchNorm2d: momentum must be in [0, 1]: 1.5");
  EXPECT_EQ(norm.momentum(), 0.1);
  nn::BatchNorm2d without(3, {.track_running_stats = false});
  without.reset_running_stats();
  EXPECT_FALSE(without.running_mean.defined());
}

}  // namespace
}  // namespace ct::optim
