// Groups of parameters: settings of their own, groups that come later, what older versions wrote,
// and that many tensors at once take the steps of one after the other, in few launches.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/devices.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/optim.hpp"
#include "support/compare.hpp"
#include "support/scoped_environment.hpp"

namespace ct::optim {
namespace {

using test::message_of;
using ::testing::HasSubstr;

Tensor parameter(double value) { return full({2}, value, {.dtype = float64}).requires_grad_(); }

TEST(ParamGroup, HasSettingsOfItsOwn) {
  const Tensor a = parameter(1), b = parameter(1);
  SGD optimizer({{.params = {a}, .options = {.lr = 0.5}},
                 {.params = {b}, .options = {.lr = 0.25, .maximize = true}}});
  for (Tensor p : optimizer.parameters()) p.set_grad(ones_like(p));
  optimizer.step();
  EXPECT_EQ(a.to_vector<double>(), (std::vector<double>{0.5, 0.5}));
  EXPECT_EQ(b.to_vector<double>(), (std::vector<double>{1.25, 1.25}));
  optimizer.set_lr(1, 2.0);
  EXPECT_EQ(optimizer.lr(0), 0.5);
  EXPECT_EQ(optimizer.lr(1), 2.0);
  optimizer.set_lr(1.0);
  EXPECT_EQ(optimizer.lr(0), 1.0);
  EXPECT_EQ(optimizer.group_parameters(1)[0].impl(), b.impl());
}

TEST(ParamGroup, CanComeLater) {
  const Tensor a = parameter(1), b = parameter(1);
  Adam optimizer({a}, {.lr = 0.1});
  for (int i = 0; i < 3; ++i) {
    Tensor(a).set_grad(ones_like(a));
    optimizer.step();
  }
  optimizer.add_param_group({.params = {b}, .options = {.lr = 0.2, .amsgrad = true}});
  Tensor(b).set_grad(ones_like(b));
  optimizer.step();
  EXPECT_TRUE(test::near(b, {0.8, 0.8}, 1e-6));
  const StateDict state = optimizer.state_dict();
  EXPECT_EQ(state.at("state.0.step").item<int64_t>(), 4);
  EXPECT_EQ(state.at("state.1.step").item<int64_t>(), 1);
  EXPECT_TRUE(state.contains("state.1.max_exp_avg_sq"));
  EXPECT_FALSE(state.contains("state.0.max_exp_avg_sq"));
  EXPECT_EQ(state.at("param_groups.1.params").to_vector<int64_t>(), std::vector<int64_t>{1});
}

TEST(ParamGroup, ThatIsRefusedChangesNothing) {
  const Tensor a = parameter(1);
  Adam optimizer({a});
  EXPECT_EQ(message_of<ValueError>([&] { optimizer.add_param_group({.params = {a}}); }),
            "Adam: parameter 1 was given before; give each once");
  EXPECT_EQ(message_of<ValueError>([&] {
              optimizer.add_param_group({.params = {parameter(1)}, .options = {.eps = -1}});
            }),
            "Adam: eps must be in [0, inf): -1");
  EXPECT_EQ(optimizer.group_count(), 1U);
  EXPECT_EQ(optimizer.parameters().size(), 1U);
  EXPECT_EQ(message_of<ValueError>([] { Adam(std::vector<ParamGroup<AdamOptions>>{}); }),
            "Adam: no parameters were given");
}

TEST(ParamGroup, StateBringsItsSettingsAndWhatBelongsToThem) {
  const Tensor p = parameter(1), q = parameter(1);
  SGD with({p}, {.lr = 0.1, .momentum = 0.9}), without({q}, {.lr = 0.7});
  Tensor(p).set_grad(ones_like(p));
  with.step();
  without.load_state_dict(with.state_dict());
  EXPECT_EQ(without.options().momentum, 0.9);
  EXPECT_EQ(without.state_dict().at("state.0.momentum_buffer").to_vector<double>(),
            (std::vector<double>{1, 1}));
}

TEST(ParamGroup, StateOutOfRangeChangesNothing) {
  const Tensor p = parameter(1);
  Adam optimizer({p}, {.lr = 0.25});
  StateDict state;
  const StateDict now = optimizer.state_dict();
  for (const auto& [name, value] : now) {
    const bool bad = name == "param_groups.0.eps", other = name == "param_groups.0.lr";
    state.insert(name, bad || other ? full({}, bad ? -1.0 : 0.5, {.dtype = float64}) : value);
  }
  EXPECT_EQ(message_of<ValueError>([&] { optimizer.load_state_dict(state); }),
            "Adam: eps must be in [0, inf): -1");
  EXPECT_EQ(optimizer.lr(), 0.25);
}

/// As checkpoints had it before there were groups.
StateDict older() {
  const auto number = [](double v) { return full({}, v, {.dtype = float64}); };
  return {{"hyper.lr", number(0.5)},
          {"hyper.beta1", number(0.5)},
          {"hyper.beta2", number(0.75)},
          {"hyper.eps", number(1e-3)},
          {"hyper.weight_decay", number(0.25)},
          {"steps", tensor(std::vector<int64_t>{3, 0})},
          {"0.exp_avg", full({2}, 0.5, {.dtype = float64})},
          {"0.exp_avg_sq", full({2}, 2.0, {.dtype = float64})}};
}

TEST(OlderState, IsRead) {
  const Tensor a = parameter(1), b = parameter(1);
  Adam optimizer({a, b});
  optimizer.load_state_dict(older());
  const AdamOptions& o = optimizer.options();
  EXPECT_EQ(o.lr, 0.5);
  EXPECT_EQ(o.betas, (std::array<double, 2>{0.5, 0.75}));
  EXPECT_EQ(o.weight_decay, 0.25);
  EXPECT_FALSE(o.amsgrad || o.maximize);
  const StateDict state = optimizer.state_dict();
  EXPECT_EQ(state.at("state.0.step").item<int64_t>(), 3);
  EXPECT_EQ(state.at("state.1.step").item<int64_t>(), 0);
  EXPECT_EQ(state.at("state.0.exp_avg_sq").to_vector<double>(), (std::vector<double>{2, 2}));
}

TEST(OlderState, HasItsFlagsAsNumbers) {
  const Tensor a = parameter(1);
  const auto number = [](double v) { return full({}, v, {.dtype = float64}); };
  SGD optimizer({a});
  optimizer.load_state_dict({{"hyper.lr", number(0.5)},
                             {"hyper.momentum", number(0.9)},
                             {"hyper.dampening", number(0)},
                             {"hyper.weight_decay", number(0)},
                             {"hyper.nesterov", number(1)},
                             {"steps", tensor(std::vector<int64_t>{0})}});
  EXPECT_TRUE(optimizer.options().nesterov);
  EXPECT_EQ(optimizer.options().momentum, 0.9);
}

TEST(OlderState, IsReadStrictly) {
  const Tensor a = parameter(1), b = parameter(1);
  Adam optimizer({a, b}, {.lr = 0.25});
  const StateDict whole = older();
  for (const auto& [left_out, tensor] : whole) {
    StateDict part;
    for (const auto& [name, value] : whole) {
      if (name != left_out) part.insert(name, value);
    }
    EXPECT_THAT(message_of<ValueError>([&] { optimizer.load_state_dict(part); }),
                HasSubstr("missing: "))
        << left_out;
  }
  StateDict more = whole;
  more.insert("hyper.gamma", ones({}));
  EXPECT_THAT(message_of<ValueError>([&] { optimizer.load_state_dict(more); }),
              HasSubstr("unexpected: param_groups.0.gamma ()"));
  EXPECT_EQ(optimizer.lr(), 0.25);
}

class ManyTensors : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!test::device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
    device_ = Device(GetParam());
  }
  /// 100 tensors of several sizes and layouts: dense, of one element, none, a view, large.
  Tensors tensors(DType dtype) const {
    Generator generator(3);
    Tensors all;
    for (int64_t i = 0; i < 100; ++i) {
      const int64_t n = i == 7 ? 1 : i == 8 ? 0 : i == 9 ? 70000 : 1000 + i;
      all.push_back(randn({n}, {}, &generator).to(dtype).to(device_));
    }
    all[11] = randn({30, 20}, {}, &generator).to(dtype).to(device_).t();
    return all;
  }
  Device device_;
  test::ScopedEnvironment mode_{"CT_OPENCL_INTERPRET", "never"};
};

TEST_P(ManyTensors, TakeTheStepsOfOneAfterTheOtherBitForBit) {
  for (const DType dtype : {float32, float16}) {
    const Tensors start = tensors(dtype), gradients = tensors(dtype);
    Tensors together, apart;
    for (const Tensor& t : start) {
      together.push_back(t.clone().requires_grad_());
      apart.push_back(t.clone().requires_grad_());
    }
    Adam many(together, {.lr = 0.1, .weight_decay = 0.1});
    std::vector<Adam> single;
    for (const Tensor& p : apart) single.emplace_back(Tensors{p}, many.options());
    for (int step = 0; step < 3; ++step) {
      for (size_t i = 0; i < start.size(); ++i) {
        together[i].set_grad(gradients[i]);
        apart[i].set_grad(gradients[i]);
        single[i].step();
      }
      many.step();
    }
    for (size_t i = 0; i < start.size(); ++i) {
      EXPECT_EQ(together[i].to_vector<float>(), apart[i].to_vector<float>()) << i;
    }
  }
}

TEST_P(ManyTensors, TakeFewLaunches) {
  Tensors parameters;
  for (int i = 0; i < 100; ++i) {
    parameters.push_back(ones({1000}, {.device = device_, .requires_grad = true}));
    parameters.back().set_grad(full({1000}, 0.5, {.device = device_}));
  }
  Adam optimizer(parameters);
  optimizer.step();
  const uint64_t before = device_.backend().counts().launches;
  optimizer.step();
  const uint64_t launches = device_.backend().counts().launches - before;
  if (GetParam() == "cpu") return;  // which counts none
  EXPECT_GT(launches, 0U);
  EXPECT_LE(launches, 13U);
}

INSTANTIATE_TEST_SUITE_P(Devices, ManyTensors, ::testing::Values("cpu", "custom_gpu"),
                         [](const auto& p) { return p.param; });

}  // namespace
}  // namespace ct::optim
