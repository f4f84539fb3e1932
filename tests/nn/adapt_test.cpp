// Freezing, LoRA, and containers of any module.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/nn.hpp"
#include "customtensor/nn/adapt/freeze.hpp"
#include "customtensor/nn/adapt/lora.hpp"
#include "customtensor/nn/container/module_dict.hpp"
#include "customtensor/nn/container/module_list.hpp"
#include "customtensor/nn/container/parameter_list.hpp"
#include "customtensor/nn/container/residual.hpp"
#include "customtensor/nn/init/structured.hpp"
#include "customtensor/nn/linear/bilinear.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/ops/bilinear.hpp"
#include "support/compare.hpp"
#include "support/tolerance.hpp"

namespace ct::nn {
namespace {

using test::message_of;
using test::near;

TEST(Freeze, GoesByNames) {
  EXPECT_TRUE(matches("a*c?e", "abbcde"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_FALSE(matches("a*c", "abcd"));
  Sequential model{Linear(2, 3), ReLU(), Linear(3, 1)};
  EXPECT_EQ(freeze(model, "0.*"), 2);
  EXPECT_FALSE(model.parameters()[0].requires_grad());
  EXPECT_TRUE(model.parameters()[2].requires_grad());
  EXPECT_EQ(unfreeze(model, "*.weight"), 2);
  EXPECT_TRUE(model.parameters()[0].requires_grad());
  EXPECT_FALSE(model.parameters()[1].requires_grad());
  EXPECT_EQ(message_of<ValueError>([&] { freeze(model, "head.*"); }),
            "freeze: no parameter's name matches 'head.*'; there are:\n  0.weight\n  0.bias\n  "
            "2.weight\n  2.bias");
}

template <class M>
void learns_and_merges(M layer, const Tensor& x) {
  const Tensor before = layer.base(x);
  EXPECT_TRUE(near(layer(x), before, 0));  // begins as the base
  layer.lora_B.detach().copy_(rand_like(layer.lora_B.detach()));
  const Tensor apart = layer(x);
  EXPECT_GT((apart - before).abs().max().item<float>(), 1e-3);
  apart.square().sum().backward();
  EXPECT_TRUE(layer.lora_A.grad().defined());
  EXPECT_FALSE(layer.base.weight.grad().defined());
  const Tensor weight = layer.base.weight.clone();
  layer.merge();
  layer.merge();
  EXPECT_TRUE(layer.is_merged());
  EXPECT_TRUE(near(layer(x), apart, test::kGradient32));
  layer.unmerge();
  EXPECT_TRUE(near(layer.base.weight, weight, test::kGradient32));
  const StateDict small = lora_state_dict(layer);
  EXPECT_EQ(small.size(), 2U);
  layer.lora_B.detach().zero_();
  load_lora_state_dict(layer, small);
}

TEST(LoRA, LearnsBesideAFrozenLayerAndMerges) {
  manual_seed(4);
  learns_and_merges(LoRALinear(Linear(5, 3), {.rank = 2, .alpha = 4}), randn({4, 5}));
  learns_and_merges(LoRAConv2d(Conv2d(2, 3, 3, {.padding = 1}), {.rank = 2}), randn({2, 2, 4, 4}));
  learns_and_merges(LoRAEmbedding(Embedding(6, 3), {.rank = 2}), tensor({0, 5, 2}));
}

TEST(LoRA, Refuses) {
  EXPECT_EQ(message_of<ValueError>([] { LoRALinear(Linear(2, 2), {.rank = 0}); }),
            "LoRALinear: rank must be at least 1 and dropout in [0, 1]: rank 0, dropout 0");
  EXPECT_EQ(message_of<ValueError>([] { LoRAConv2d(Conv2d(2, 2, 1, {.groups = 2})); }),
            "LoRAConv2d: the base must have one group: 2");
}

TEST(ModuleList, NamesCopiesAndFinds) {
  ModuleList list{Linear(2, 3), ReLU()};
  list.append(Linear(3, 1)).insert(1, Identity());
  EXPECT_EQ(list.size(), 4);
  EXPECT_EQ(list.at<Linear>(-1).weight.shape(), (Shape{1, 3}));
  EXPECT_EQ(list.named_parameters()[2].first, "3.weight");
  const ModuleList other = copy(list);
  EXPECT_NE(other.parameters()[0].impl(), list.parameters()[0].impl());
  EXPECT_EQ(message_of<IndexError>([&] { list[4]; }),
            "ModuleList: there is no module 4: there are 4");
  EXPECT_EQ(message_of<IndexError>([&] { list.insert(9, ReLU()); }),
            "ModuleList: cannot insert at 9: there are 4");
}

TEST(ModuleDict, GoesByName) {
  ModuleDict heads;
  heads.insert("box", Linear(2, 4)).insert("class", Linear(2, 3));
  EXPECT_TRUE(heads.contains("box"));
  EXPECT_EQ(heads["class"](ones({1, 2})).shape(), (Shape{1, 3}));
  EXPECT_EQ(heads.named_parameters()[0].first, "box.weight");
  heads.insert("box", Linear(2, 5));
  EXPECT_EQ(heads.size(), 2);
  EXPECT_EQ(message_of<IndexError>([&] { heads["none"]; }),
            "ModuleDict: there is no module 'none': there are box, class");
  EXPECT_EQ(message_of<ValueError>([&] { heads.insert("a.b", ReLU()); }),
            "ModuleDict: a name must not be empty nor hold a '.': 'a.b'");
}

TEST(ParameterLists, HoldTensors) {
  ParameterList list{ones({2}), zeros({3})};
  EXPECT_EQ(list[-1].numel(), 3);
  EXPECT_EQ(list.named_parameters()[1].first, "1");
  EXPECT_EQ(message_of<IndexError>([&] { list[2]; }),
            "ParameterList: there is no parameter 2: there are 2");
  EXPECT_EQ(message_of<ValueError>([&] { list.append(Tensor()); }),
            "ParameterList: the parameter is undefined; give it a value first");
  ParameterDict dict;
  dict.insert("a", ones({2})).insert("a", ones({4}));
  EXPECT_EQ(dict["a"].numel(), 4);
  EXPECT_EQ(message_of<IndexError>([&] { dict["b"]; }), "ParameterDict: there is no parameter 'b'");
  EXPECT_EQ(message_of<ValueError>([&] { dict.insert("", ones({2})); }),
            "ParameterDict: a name must not be empty nor hold a '.': ''");
}

TEST(Residual, AddsWhatPassesBeside) {
  Residual layer{Threshold(10, 2)};
  EXPECT_TRUE(near(layer(tensor({1.F, 20.F})), {3, 40}, 0));
  Residual other(Linear(2, 3), Linear(2, 3));
  EXPECT_EQ(other.named_parameters()[2].first, "shortcut.weight");
  EXPECT_EQ(
      message_of<ShapeError>([] {
        Residual{Linear(2, 3)}(ones({1, 2}));
      }),
      "Residual: the module gives (1, 3) and what passes beside it is (1, 2); give a shortcut "
      "that makes them alike");
}

TEST(Bilinear, IsAFormOfTwoVectors) {
  Bilinear layer(2, 3, 1);
  layer.weight.detach().copy_(tensor({{{1.F, 2.F, 3.F}, {4.F, 5.F, 6.F}}}));
  layer.bias.detach().fill_(10);
  EXPECT_TRUE(near(layer(tensor({{1.F, 2.F}}), tensor({{1.F, 0.F, 1.F}})), {34}, 1e-6));
  EXPECT_EQ(message_of<ValueError>([] { Bilinear(0, 1, 1); }),
            "Bilinear: sizes must be at least 1: in 0 and 1, out 1");
  EXPECT_EQ(
      message_of<ShapeError>([] {
        bilinear(ones({2}), ones({3}), ones({1, 2, 2}));
      }),
      "bilinear: x1 (2), x2 (3), weight (1, 2, 2) and bias undefined must be (..., in1), (..., "
      "in2), (out, in1, in2) and (out)");
}

TEST(StructuredInit, MakesWhatItsNameSays) {
  EXPECT_TRUE(near(init::eye_(ones({2, 3})), {1, 0, 0, 0, 1, 0}, 0));
  const Tensor x = randn({1, 3, 5, 5});
  EXPECT_TRUE(near(conv2d(x, init::dirac_(ones({3, 3, 3, 3})), Tensor(), {.padding = 1}), x, 0));
  for (const Shape& shape : {Shape{4, 6}, Shape{6, 4}, Shape{3, 2, 2}}) {
    const Tensor q = init::orthogonal_(ones(shape), 2).reshape({shape[0], -1});
    const Tensor small = q.size(0) < q.size(1) ? matmul(q, q.t()) : matmul(q.t(), q);
    EXPECT_TRUE(near(small, eye(small.size(0)) * 4, 1e-5));
  }
  const Tensor s = init::sparse_(ones({10, 20}), 0.25);
  EXPECT_TRUE(near((s == 0).to(float32).sum({0}), std::vector<double>(20, 3.0), 0));
}

TEST(StructuredInit, Refuses) {
  EXPECT_EQ(message_of<ShapeError>([] { init::eye_(ones({2})); }),
            "eye_: the tensor must be a matrix: (2)");
  EXPECT_EQ(message_of<ShapeError>([] {
              init::dirac_(ones({2, 2}));
            }),
            "dirac_: the tensor must be (out, in, k...) with one to three k: (2, 2)");
  EXPECT_EQ(message_of<ValueError>([] {
              init::dirac_(ones({2, 2, 1}), 3);
            }),
            "dirac_: groups must divide the outputs: groups 3, outputs 2");
  EXPECT_EQ(message_of<ShapeError>([] { init::orthogonal_(ones({2})); }),
            "orthogonal_: the tensor must have two axes at least: (2)");
  EXPECT_EQ(message_of<ValueError>([] {
              init::sparse_(ones({2, 2}), 2);
            }),
            "sparse_: sparsity must be in [0, 1]: 2");
}

}  // namespace
}  // namespace ct::nn
