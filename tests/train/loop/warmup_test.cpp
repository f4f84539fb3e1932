// ct::warmup leaves a model, its gradients and the random stream as they were.
#include "customtensor/train/warmup.hpp"

#include <gtest/gtest.h>

#include "customtensor/customtensor.hpp"
#include "support/compare.hpp"

namespace ct::test {
namespace {

/// With statistics and random numbers.
struct Net : nn::Module {
  nn::Conv2d in{4, 6, 1};
  nn::BatchNorm2d norm{6};
  nn::Dropout dropout{0.5};
  nn::Linear out{54, 2};
  void members(nn::Members& m) override {
    m("in", in), m("norm", norm), m("dropout", dropout), m("out", out);
  }
  Tensor forward(const Tensor& x) override { return out(dropout(norm(in(x))).flatten(1)); }
};

/// All that a step could change, as numbers.
std::vector<std::vector<double>> state_of(const nn::Module& model) {
  std::vector<std::vector<double>> values;
  for (const auto& [name, t] : model.state_dict()) values.push_back(t.to_vector<double>());
  for (const Tensor& p : model.parameters()) {
    values.push_back(p.grad().defined() ? p.grad().to_vector<double>() : std::vector<double>{});
  }
  const RandomState random = default_generator().state();
  values.push_back({static_cast<double>(random.seed), static_cast<double>(random.offset)});
  return values;
}

TEST(Warmup, ChangesNothing) {
  manual_seed(3);
  Net net;
  const auto before = state_of(net);
  warmup(net, {5, 4, 3, 3});
  EXPECT_EQ(state_of(net), before);
  EXPECT_TRUE(net.is_training());
}

TEST(Warmup, KeepsGradientsThatAreThere) {
  Net net;
  net(ones({3, 4, 3, 3})).sum().backward();
  const Tensor grad = net.in.weight.grad();
  const auto before = state_of(net);
  warmup(net, {5, 4, 3, 3});
  EXPECT_EQ(state_of(net), before);
  EXPECT_TRUE(net.in.weight.grad().shares_storage(grad));
}

TEST(Warmup, ParametersKeepTheirMemory) {
  Net net;
  const Tensor view = net.in.weight.detach();
  warmup(net, {5, 4, 3, 3});
  EXPECT_TRUE(net.in.weight.shares_storage(view));
}

TEST(Warmup, ChangesNothingWhenTheModelThrows) {
  Net net;
  const auto before = state_of(net);
  EXPECT_THROW(warmup(net, {5, 7, 3, 3}), ShapeError);
  EXPECT_EQ(state_of(net), before);
}

TEST(Warmup, AStepOfOnesOwnMayUpdateTheWeights) {
  Net net;
  const auto before = state_of(net);
  bool changed = false;
  warmup(net, [&] {
    optim::SGD optimizer(net.parameters(), {.lr = 1});
    const auto weights = net.out.weight.to_vector<float>();
    net(rand({3, 4, 3, 3})).square().sum().backward();
    optimizer.step();
    changed = net.out.weight.to_vector<float>() != weights;
  });
  EXPECT_TRUE(changed);
  EXPECT_EQ(state_of(net), before);
}

TEST(Warmup, TakesTheDtypeOfTheModel) {
  Net net;
  net.to(float64);
  EXPECT_NO_THROW(warmup(net, {5, 4, 3, 3}));
}

TEST(KernelBuilds, AreToldInOrderAndTheCallbackIsPutBack) {
  std::vector<KernelBuild> told;
  auto before = on_kernel_build([&](const KernelBuild& build) { told.push_back(build); });
  { const BuildingKernel one("one"); }
  { const BuildingKernel two("two"); }
  on_kernel_build(before);
  { const BuildingKernel three("three"); }
  ASSERT_EQ(told.size(), 4U);
  EXPECT_EQ(told[0].what, "one");
  EXPECT_FALSE(told[0].done);
  EXPECT_TRUE(told[1].done);
  EXPECT_GE(told[1].seconds, told[0].seconds);
  EXPECT_EQ(told[2].number, told[0].number + 1);
  EXPECT_EQ(build_line({"x", 7, 2.0, false}), "compiling kernels 7… (only the first time)");
}

TEST(KernelBuilds, ACallbackThatThrowsAfterTheBuildIsIgnored) {
  auto before = on_kernel_build([](const KernelBuild& build) {
    if (build.done) throw ValueError("no");
  });
  EXPECT_NO_THROW(BuildingKernel("one"));
  on_kernel_build(before);
}

}  // namespace
}  // namespace ct::test
