// Module: names, copies and moves, devices and dtypes, state.
#include "customtensor/nn/module.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/nn.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/optim.hpp"
#include "support/compare.hpp"

namespace ct::nn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Scale : Module {
  Tensor factor = ones({2}, {.requires_grad = true});
  Tensor seen = zeros({}, {.dtype = int64});
  void members(Members& m) override {
    m("factor", factor);
    m.buffer("seen", seen);
  }
  Tensor forward(const Tensor& x) override { return x * factor; }
};

struct Net : Module {
  Linear first{3, 2};
  std::vector<Scale> scales = std::vector<Scale>(2);
  Linear last{2, 1, {.bias = false}};
  void members(Members& m) override {
    m("first", first);
    m("scales", scales);
    m("last", last);
  }
  Tensor forward(const Tensor& x) override {
    Tensor h = first(x);
    for (Scale& scale : scales) h = scale(h);
    return last(h);
  }
};

struct Tied : Module {
  Tensor a = ones({2}, {.requires_grad = true});
  Tensor b = a;
  void members(Members& m) override {
    m("a", a);
    m("b", b);
    m("again", a);
  }
};

std::vector<std::string> names(const std::vector<NamedTensor>& tensors) {
  std::vector<std::string> found;
  for (const auto& [name, tensor] : tensors) found.push_back(name);
  return found;
}

float first_value(const Tensor& t) { return t.to_vector<float>()[0]; }

TEST(Module, NamesParametersByTheirPath) {
  EXPECT_THAT(names(Net().named_parameters()),
              ElementsAre("first.weight", "first.bias", "scales.0.factor", "scales.1.factor",
                          "last.weight"));
}

TEST(Module, NamesBuffersApartFromParameters) {
  EXPECT_THAT(names(Net().named_buffers()), ElementsAre("scales.0.seen", "scales.1.seen"));
  EXPECT_EQ(Net().buffers().size(), 2U);
}

TEST(Module, ListsModulesParentsFirst) {
  Net net;
  const auto found = net.named_modules();
  ASSERT_EQ(found.size(), 5U);
  EXPECT_EQ(found[0].first, "");
  EXPECT_EQ(found[0].second, &net);
  EXPECT_EQ(found[3].first, "scales.1");
  EXPECT_EQ(found[3].second, &net.scales[1]);
}

TEST(Module, CountsASharedParameterOnce) {
  EXPECT_EQ(Tied().parameters().size(), 1U);
  EXPECT_EQ(Tied().state_dict().size(), 3U);
}

TEST(Module, RejectsNamesThatWouldBeAmbiguous) {
  struct Dotted : Scale {
    void members(Members& m) override { m("a.b", factor); }
  };
  EXPECT_THAT(test::message_of<ValueError>([] { Dotted().parameters(); }), HasSubstr("\"a.b\""));
  struct Twice : Scale {
    Tensor other = ones({1});
    void members(Members& m) override {
      m("a", factor);
      m("a", other);
    }
  };
  EXPECT_THAT(test::message_of<ValueError>([] { Twice().state_dict(); }), HasSubstr("\"a\""));
}

TEST(Module, SaysWhatToDoWithoutAForward) {
  Tied tied;
  EXPECT_THAT(test::message_of<ValueError>([&] { tied(ones({1})); }), HasSubstr("operator()"));
}

TEST(Module, CopySharesItsTensors) {
  Net net;
  Net shared = net;
  {
    const NoGradGuard off;
    shared.first.weight.fill_(7);
  }
  EXPECT_EQ(first_value(net.first.weight), 7);
  EXPECT_EQ(net.parameters()[0].impl(), shared.parameters()[0].impl());
}

TEST(Module, DeepCopyHasTensorsOfItsOwn) {
  const Net net;
  Net own = copy(net);
  {
    const NoGradGuard off;
    for (Tensor& p : own.parameters()) p.fill_(7);
  }
  EXPECT_NE(first_value(net.first.weight), 7);
  EXPECT_EQ(first_value(own.scales[1].factor), 7);
  EXPECT_TRUE(own.first.weight.requires_grad());
  EXPECT_TRUE(own.first.weight.is_leaf());
  EXPECT_FALSE(own.scales[0].seen.shares_storage(net.scales[0].seen));
}

TEST(Module, DeepCopyComputesTheSame) {
  Net net;
  Net own = copy(net);
  const Tensor x = randn({4, 3});
  EXPECT_TRUE(test::near(own(x), net(x), 0));
}

TEST(Module, DeepCopyKeepsTiesWithinTheModule) {
  const Tied tied;
  const Tied own = copy(tied);
  EXPECT_EQ(own.a.impl(), own.b.impl());
  EXPECT_NE(own.a.impl(), tied.a.impl());
}

TEST(Module, DeepCopyKeepsFrozenParametersAndMode) {
  Net net;
  net.requires_grad_(false);
  net.eval();
  Net own = copy(net);
  EXPECT_FALSE(own.first.weight.requires_grad());
  EXPECT_FALSE(own.scales[1].is_training());
}

TEST(Module, MovesWithItsTensors) {
  Net net;
  const Tensor weight = net.first.weight;
  Net moved = std::move(net);
  EXPECT_EQ(moved.parameters()[0].impl(), weight.impl());
  std::vector<Net> nets;
  nets.push_back(std::move(moved));
  nets.emplace_back();
  EXPECT_EQ(nets[0].parameters()[0].impl(), weight.impl());
}

TEST(Module, TrainAndEvalReachAllChildren) {
  Net net;
  EXPECT_TRUE(net.scales[0].is_training());
  net.eval();
  EXPECT_FALSE(net.is_training());
  EXPECT_FALSE(net.scales[1].is_training());
  net.train();
  EXPECT_TRUE(net.scales[1].is_training());
}

TEST(Module, ZeroGradClearsGradients) {
  Net net;
  net(ones({1, 3})).sum().backward();
  ASSERT_TRUE(net.first.weight.grad().defined());
  net.zero_grad();
  for (const Tensor& p : net.parameters()) EXPECT_FALSE(p.grad().defined());
}

TEST(Module, FrozenParametersGetNoGradient) {
  Net net;
  net.first.requires_grad_(false);
  net(ones({1, 3})).sum().backward();
  EXPECT_FALSE(net.first.weight.grad().defined());
  EXPECT_TRUE(net.last.weight.grad().defined());
}

TEST(Module, ConvertsFloatingTensorsOnly) {
  Net net;
  net.to(float64);
  EXPECT_EQ(net.first.weight.dtype(), float64);
  EXPECT_EQ(net.scales[0].seen.dtype(), int64);
  EXPECT_EQ(net(ones({1, 3}, {.dtype = float64})).dtype(), float64);
}

TEST(Module, ConvertsGradientsToo) {
  Net net;
  net(ones({1, 3})).sum().backward();
  net.to(float64);
  EXPECT_EQ(net.first.weight.grad().dtype(), float64);
}

TEST(Module, RejectsConversionToIntegers) {
  EXPECT_THAT(test::message_of<DTypeError>([] { Net().to(int32); }), HasSubstr("int32"));
}

TEST(Module, ConvertedParametersKeepTheirIdentity) {
  Net net;
  const Tensor weight = net.first.weight;
  net.to(float64);
  EXPECT_EQ(weight.dtype(), float64);
  EXPECT_EQ(weight.impl(), net.first.weight.impl());
  EXPECT_TRUE(weight.requires_grad());
}

TEST(Module, OptimizerGoesOnAfterConversion) {
  Net net;
  optim::Adam optimizer(net.parameters());
  net(ones({1, 3})).sum().backward();
  optimizer.step();
  net.to(float64);
  const auto before = net.first.weight.to_vector<double>();
  optimizer.zero_grad();
  net(ones({1, 3}, {.dtype = float64})).sum().backward();
  optimizer.step();
  EXPECT_NE(net.first.weight.to_vector<double>(), before);
  EXPECT_EQ(optimizer.state_dict().at("state.0.exp_avg").dtype(), float64);
}

TEST(Module, DeviceIsThatOfItsTensors) {
  EXPECT_EQ(Net().device(), Device("cpu"));
  EXPECT_EQ(ReLU().device(), Device());
}

TEST(Module, StateDictSharesMemoryAndIsDetached) {
  const Net net;
  const StateDict state = net.state_dict();
  EXPECT_EQ(state.size(), 7U);
  EXPECT_TRUE(state.at("first.weight").shares_storage(net.first.weight));
  EXPECT_FALSE(state.at("first.weight").requires_grad());
}

TEST(Module, LoadsAStateIntoItsOwnTensors) {
  const Net source;
  Net target;
  const Tensor weight = target.first.weight;
  target.load_state_dict(source.state_dict());
  EXPECT_TRUE(test::near(weight, source.first.weight, 0));
  EXPECT_FALSE(weight.shares_storage(source.first.weight));
  EXPECT_TRUE(weight.requires_grad());
}

TEST(Module, LoadConvertsDtypes) {
  Net source;
  source.to(float64);
  Net target;
  target.load_state_dict(source.state_dict());
  EXPECT_EQ(target.first.weight.dtype(), float32);
  EXPECT_TRUE(test::near(target.first.weight, source.first.weight, 1e-7));
}

TEST(Module, LoadListsAllThatDoesNotFitAndChangesNothing) {
  Net net;
  StateDict state;
  const StateDict full = net.state_dict();
  for (const auto& [name, value] : full) {
    if (name != "last.weight")
      state.insert(name, name == "first.bias" ? zeros({5}) : zeros_like(value));
  }
  state.insert("extra", ones({2}));
  const float before = first_value(net.first.weight);
  const std::string message = test::message_of<ValueError>([&] { net.load_state_dict(state); });
  EXPECT_THAT(message, HasSubstr("missing: last.weight (1, 2)"));
  EXPECT_THAT(message, HasSubstr("shape of first.bias: (2) in the module, (5) given"));
  EXPECT_THAT(message, HasSubstr("unexpected: extra (2)"));
  EXPECT_THAT(message, HasSubstr("Net"));
  EXPECT_EQ(first_value(net.first.weight), before);
}

}  // namespace
}  // namespace ct::nn
