// Order, names, nesting, copies and moves of modules in a row.
#include "customtensor/nn/container/sequential.hpp"

#include <gtest/gtest.h>

#include <type_traits>
#include <utility>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/nn.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct::nn {
namespace {

TEST(Sequential, AppliesItsModulesInOrder) {
  Sequential net{Linear(3, 4), ReLU(), Linear(4, 2)};
  const Tensor x = randn({5, 3});
  Module& first = net[0];
  Module& last = net[2];
  EXPECT_TRUE(test::near(net(x), last(relu(first(x))), 0));
}

// Arguments in parentheses are evaluated in an order of the compiler's choice, a braced list from
// left to right.
TEST(Sequential, DrawsInitialWeightsFromLeftToRight) {
  static_assert(!std::is_constructible_v<Sequential, Linear, ReLU>);
  static_assert(!std::is_constructible_v<Sequential, Linear, ReLU, Linear>);
  manual_seed(3);
  const Linear first(3, 4);
  const Linear second(4, 5);
  manual_seed(3);
  const Sequential net{Linear(3, 4), ReLU(), Linear(4, 5)};
  const Tensors weights = net.parameters();
  const Tensor expected[] = {first.weight, first.bias, second.weight, second.bias};
  ASSERT_EQ(weights.size(), 4);
  for (size_t i = 0; i < 4; ++i) EXPECT_TRUE(test::near(weights[i], expected[i], 0)) << i;
}

TEST(Sequential, OfOneSequentialIsThatOne) {
  Sequential net{Linear(3, 4), ReLU()};
  const Sequential same{net};
  EXPECT_EQ(same.size(), 2);
  EXPECT_EQ(same.parameters()[0].impl(), net.parameters()[0].impl());
  const Sequential moved{std::move(net)};
  EXPECT_EQ(moved.size(), 2);
}

TEST(Sequential, OfOneModule) {
  EXPECT_EQ(Sequential{ReLU()}.size(), 1);
  EXPECT_EQ(Sequential(ReLU()).size(), 1);
}

TEST(Sequential, TakesAModuleWithItsHooks) {
  ReLU layer;
  int calls = 0;
  HookHandle handle = layer.register_forward_pre_hook([&](Module&, const Tensor&) {
    ++calls;
    return Tensor();
  });
  Sequential net{std::move(layer), Linear(3, 4)};
  net(ones({2, 3}));
  handle.remove();
  net(ones({2, 3}));
  EXPECT_EQ(calls, 1);
}

TEST(Sequential, WithoutModulesIsIdentity) {
  Sequential net;
  const Tensor x = randn({2});
  EXPECT_TRUE(test::near(net(x), x, 0));
  EXPECT_EQ(net.size(), 0);
}

TEST(Sequential, NamesModulesByTheirPlace) {
  Sequential net{Linear(3, 4), ReLU(), Linear(4, 2)};
  const auto parameters = net.named_parameters();
  ASSERT_EQ(parameters.size(), 4U);
  EXPECT_EQ(parameters[0].first, "0.weight");
  EXPECT_EQ(parameters[3].first, "2.bias");
}

TEST(Sequential, GrowsByPushBack) {
  Sequential net;
  net.push_back(Linear(3, 4)).push_back(Tanh());
  EXPECT_EQ(net.size(), 2);
  EXPECT_EQ(net(ones({1, 3})).shape(), (Shape{1, 4}));
}

TEST(Sequential, Nests) {
  Sequential net{Sequential{Linear(3, 4), ReLU()}, Linear(4, 2)};
  EXPECT_EQ(net.named_parameters()[0].first, "0.0.weight");
  EXPECT_EQ(net(ones({1, 3})).shape(), (Shape{1, 2}));
}

TEST(Sequential, TakesAModuleByName) {
  Linear layer(3, 2);
  Sequential net{layer, ReLU()};
  EXPECT_EQ(net.parameters()[0].impl(), layer.weight.impl());
}

TEST(Sequential, CopySharesTensorsButNotMode) {
  Sequential net{Linear(3, 2), Dropout(0.5)};
  Sequential shared = net;
  EXPECT_EQ(shared.size(), 2);
  EXPECT_EQ(shared.parameters()[0].impl(), net.parameters()[0].impl());
  shared.eval();
  EXPECT_TRUE(net[1].is_training());
}

TEST(Sequential, DeepCopyIsIndependent) {
  Sequential net{Linear(3, 2), ReLU()};
  Sequential own = copy(net);
  EXPECT_NE(own.parameters()[0].impl(), net.parameters()[0].impl());
  const Tensor x = randn({2, 3});
  EXPECT_TRUE(test::near(own(x), net(x), 0));
}

TEST(Sequential, Moves) {
  Sequential net{Linear(3, 2), ReLU()};
  const Tensor weight = net.parameters()[0];
  const Sequential moved = std::move(net);
  EXPECT_EQ(moved.parameters()[0].impl(), weight.impl());
}

TEST(Sequential, RejectsAPlaceThatIsNotThere) {
  Sequential net{ReLU(), ReLU()};
  EXPECT_EQ(test::message_of<IndexError>([&] { net[2]; }), "Sequential: no module 2: there are 2");
}

}  // namespace
}  // namespace ct::nn
