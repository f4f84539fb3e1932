// Optimizers: the formulas against PyTorch, the state, what they refuse.
#include "customtensor/optim/optimizer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/io/safetensors.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/optim.hpp"
#include "support/compare.hpp"
#include "support/scratch_folder.hpp"

namespace ct::optim {
namespace {

using ::testing::HasSubstr;

Tensor parameter(std::initializer_list<double> values, DType dtype = float64) {
  return tensor(values, {.dtype = dtype}).requires_grad_();
}

TEST(Optimizer, StepsAlongTheGradientOfALoss) {
  Tensor w = parameter({4.0});
  SGD optimizer({w}, {.lr = 0.25});
  (w * w).sum().backward();
  optimizer.step();
  EXPECT_EQ(w.item<double>(), 2.0);
  EXPECT_TRUE(w.is_leaf());
}

TEST(Optimizer, ZeroGradMakesGradientsUndefined) {
  Tensor w = parameter({4.0});
  SGD optimizer({w});
  (w * w).sum().backward();
  optimizer.zero_grad();
  EXPECT_FALSE(w.grad().defined());
}

TEST(Optimizer, LeavesParametersWithoutGradientAlone) {
  Tensor a = parameter({1.0}), b = parameter({2.0});
  Adam optimizer({a, b});
  (a * a).sum().backward();
  optimizer.step();
  EXPECT_EQ(b.item<double>(), 2.0);
  EXPECT_FALSE(optimizer.state_dict().contains("state.1.exp_avg"));
}

TEST(Optimizer, DoesNotHoldOnToGradients) {
  Tensor w = parameter({1.0});
  Adam optimizer({w});
  Tensor gradient = tensor({1.0}, {.dtype = float64});
  w.set_grad(gradient);
  optimizer.step();
  optimizer.zero_grad();
  const auto* counted = reinterpret_cast<const detail::RefCounted*>(gradient.impl());
  EXPECT_EQ(counted->refs.load(), 1U);
}

TEST(Optimizer, BumpsTheVersionOfParameters) {
  Tensor w = parameter({1.0});
  SGD optimizer({w});
  w.set_grad(ones_like(w));
  const auto before = w.version();
  optimizer.step();
  EXPECT_GT(w.version(), before);
}

TEST(Optimizer, UpdatesViewsOfOtherLayout) {
  const Tensor base = arange(6, {.dtype = float64}).reshape({2, 3});
  Tensor w = base.t();
  w.requires_grad_();
  Adam optimizer({w}, {.lr = 1.0});
  w.set_grad(full_like(base, 1.0).t());
  optimizer.step();
  EXPECT_TRUE(test::near(w, {-1, 2, 0, 3, 1, 4}, 1e-6));
}

TEST(Optimizer, TakesANewLearningRate) {
  Tensor w = parameter({1.0});
  SGD optimizer({w}, {.lr = 1.0});
  w.set_grad(ones_like(w));
  optimizer.set_lr(0.5);
  EXPECT_EQ(optimizer.lr(), 0.5);
  optimizer.step();
  EXPECT_EQ(w.item<double>(), 0.5);
}

TEST(Optimizer, MovesLikeAValue) {
  Tensor w = parameter({1.0});
  SGD first({w}, {.lr = 1.0});
  SGD optimizer = std::move(first);
  w.set_grad(ones_like(w));
  optimizer.step();
  EXPECT_EQ(w.item<double>(), 0.0);
}

// Takes `count` steps with gradients that depend on the step's number.
void run(Optimizer& optimizer, int first, int count) {
  for (int step = first; step < first + count; ++step) {
    for (Tensor p : optimizer.parameters()) p.set_grad(full_like(p, std::sin(1.0 + step)));
    optimizer.step();
  }
}

TEST(Optimizer, ResumesBitForBitFromItsSavedState) {
  const test::ScratchFolder folder;
  const auto file = folder / "optimizer.safetensors";
  for (const bool adam : {true, false}) {
    const auto make_one = [&](const Tensor& w, double lr) -> std::unique_ptr<Optimizer> {
      if (adam) return std::make_unique<Adam>(Tensors{w}, AdamOptions{.lr = lr});
      return std::make_unique<SGD>(Tensors{w}, SgdOptions{.lr = lr, .momentum = 0.9});
    };
    Tensor whole = parameter({1, 2, 3}, float32), part = parameter({1, 2, 3}, float32);
    const auto uninterrupted = make_one(whole, 0.1);
    run(*uninterrupted, 0, 6);
    {
      const auto before = make_one(part, 0.1);
      run(*before, 0, 3);
      io::save_safetensors(file, before->state_dict());
    }
    const auto after = make_one(part, 0.7);
    after->load_state_dict(io::load_safetensors(file));
    EXPECT_EQ(after->lr(), 0.1);
    run(*after, 3, 3);
    EXPECT_EQ(part.to_vector<float>(), whole.to_vector<float>());
  }
}

TEST(Optimizer, StateHoldsStepsAndHyperParameters) {
  Tensor w = parameter({1.0});
  Adam optimizer({w}, {.lr = 0.5, .betas = {0.7, 0.8}});
  run(optimizer, 0, 2);
  const StateDict state = optimizer.state_dict();
  EXPECT_EQ(state.at("param_groups.0.lr").item<double>(), 0.5);
  EXPECT_EQ(state.at("param_groups.0.betas").to_vector<double>(), (std::vector<double>{0.7, 0.8}));
  EXPECT_EQ(state.at("param_groups.0.params").to_vector<int64_t>(), std::vector<int64_t>{0});
  EXPECT_EQ(state.at("param_groups.0.amsgrad").dtype(), bool_);
  EXPECT_EQ(state.at("state.0.step").item<int64_t>(), 2);
  EXPECT_EQ(state.at("state.0.exp_avg").shape(), Shape{1});
}

TEST(Optimizer, LoadedStateIsACopy) {
  Tensor w = parameter({1.0});
  Adam a({w}), b({w});
  run(a, 0, 1);
  b.load_state_dict(a.state_dict());
  EXPECT_FALSE(
      b.state_dict().at("state.0.exp_avg").shares_storage(a.state_dict().at("state.0.exp_avg")));
}

TEST(Optimizer, LoadListsAllThatDoesNotFitAndChangesNothing) {
  Tensor w = parameter({1.0, 2.0});
  Adam adam({w}, {.lr = 0.5});
  run(adam, 0, 1);
  StateDict state;
  const StateDict full = adam.state_dict();
  for (const auto& [name, value] : full) {
    if (name != "param_groups.0.eps")
      state.insert(name, name == "state.0.exp_avg" ? zeros({3}) : value);
  }
  state.insert("state.0.extra", ones({1}));
  Adam target({w}, {.lr = 0.25});
  const std::string message = test::message_of<ValueError>([&] { target.load_state_dict(state); });
  EXPECT_THAT(message, HasSubstr("missing: param_groups.0.eps ()"));
  EXPECT_THAT(message, HasSubstr("shape of state.0.exp_avg: (2) in the optimizer, (3) given"));
  EXPECT_THAT(message, HasSubstr("unexpected: state.0.extra (1)"));
  EXPECT_EQ(target.lr(), 0.25);
  EXPECT_EQ(target.state_dict().at("state.0.step").item<int64_t>(), 0);
}

TEST(Optimizer, RejectsTheStateOfAnotherRule) {
  Tensor w = parameter({1.0});
  Adam adam({w});
  SGD sgd({w}, {.momentum = 0.9});
  EXPECT_THROW(sgd.load_state_dict(adam.state_dict()), ValueError);
}

TEST(Optimizer, RejectsBadParameters) {
  Tensor w = parameter({1.0});
  EXPECT_EQ(test::message_of<ValueError>([] { SGD optimizer(Tensors{}); }),
            "SGD: no parameters were given");
  EXPECT_THAT(test::message_of<ValueError>([&] {
                SGD optimizer(Tensors{w, w});
              }),
              HasSubstr("parameter 1 was given before"));
  EXPECT_THAT(test::message_of<ValueError>([&] {
                SGD optimizer(Tensors{w, Tensor()});
              }),
              HasSubstr("parameter 1 is an undefined tensor"));
  EXPECT_THAT(test::message_of<ValueError>([&] { SGD optimizer(Tensors{w * 2}); }),
              HasSubstr("not a leaf"));
  EXPECT_THAT(test::message_of<ValueError>([&] { SGD optimizer(Tensors{arange(3)}); }),
              HasSubstr("must be floating: it is int64"));
}

TEST(Optimizer, RejectsOptionsOutOfRange) {
  const Tensors w = {parameter({1.0})};
  EXPECT_EQ(test::message_of<ValueError>([&] {
              Adam optimizer(w, {.betas = {0.9, 1.0}});
            }),
            "Adam: betas[1] must be in [0, 1): 1");
  EXPECT_EQ(test::message_of<ValueError>([&] { Adam optimizer(w, {.lr = -1}); }),
            "Adam: lr must be at least 0 and finite: -1");
  EXPECT_THROW(AdamW(w, {.eps = -1}), ValueError);
  EXPECT_THROW(RMSprop(w, {.alpha = 2}), ValueError);
  EXPECT_THROW(SGD(w, {.weight_decay = -1}), ValueError);
  EXPECT_THAT(test::message_of<ValueError>([&] { SGD optimizer(w, {.nesterov = true}); }),
              HasSubstr("needs momentum"));
}

}  // namespace
}  // namespace ct::optim
