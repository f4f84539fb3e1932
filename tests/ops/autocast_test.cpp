// Autocast: which types ops take and give, what is kept of parameters, and the page that shows the
// table. How close losses stay is nn/mixed_precision_test.cpp's.
#include "customtensor/autocast.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <optional>

#include "customtensor/customtensor.hpp"
#include "ops/autocast_table.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;

TEST(Autocast, ProductsTakeTheLowerType) {
  const Tensor a = rand({4, 4}), b = rand({4, 4});
  const AutocastGuard on(bfloat16);
  EXPECT_EQ(matmul(a, b).dtype(), bfloat16);
  EXPECT_EQ(linear(a, b).dtype(), bfloat16);
  EXPECT_EQ(conv2d(rand({1, 2, 4, 4}), rand({3, 2, 3, 3})).dtype(), bfloat16);
  EXPECT_EQ(einsum("ij,jk->ik", std::vector{a, b}).dtype(), bfloat16);
  EXPECT_EQ(matmul(a.to(float64), b.to(float64)).dtype(), float64);
}
TEST(Autocast, WhatAddsUpOrHasASteepSlopeIsFloat32) {
  const Tensor x = rand({4, 4}).to(float16);
  const AutocastGuard on(float16);
  EXPECT_EQ(exp(x).dtype(), float32);
  EXPECT_EQ(x.sum().dtype(), float32);
  EXPECT_EQ(softmax(x, 1).dtype(), float32);
  EXPECT_EQ(mse_loss(x, x).dtype(), float32);
  EXPECT_EQ(cross_entropy(x, tensor({0, 1, 2, 3})).dtype(), float32);
}
TEST(Autocast, OthersKeepWhatTheyAreGiven) {
  const Tensor x = rand({4, 4}).to(float16);
  const AutocastGuard on(float16);
  EXPECT_EQ(relu(x).dtype(), float16);
  EXPECT_EQ((x + x).dtype(), float16);
  EXPECT_EQ((x + rand({4, 4})).dtype(), float32);
  EXPECT_EQ(cat({x, rand({4, 4})}, 0).dtype(), float32);
  EXPECT_EQ(layer_norm(x, {4}, ones({4}), zeros({4})).dtype(), float16);
}
TEST(Autocast, NestsAndEnds) {
  const Tensor a = rand({2, 2});
  EXPECT_FALSE(autocast_enabled());
  {
    const AutocastGuard outer(bfloat16);
    EXPECT_TRUE(autocast_enabled());
    EXPECT_EQ(autocast_dtype(), bfloat16);
    {
      const AutocastGuard off(bfloat16, false);
      EXPECT_EQ(matmul(a, a).dtype(), float32);
    }
    {
      const AutocastGuard inner(float16);
      EXPECT_EQ(matmul(a, a).dtype(), float16);
    }
    EXPECT_EQ(matmul(a, a).dtype(), bfloat16);
  }
  EXPECT_FALSE(autocast_enabled());
  EXPECT_EQ(matmul(a, a).dtype(), float32);
}
TEST(Autocast, AnErrorLeavesItOn) {
  const AutocastGuard on(bfloat16);
  EXPECT_THROW(matmul(ones({2, 3}), ones({2, 3})), ShapeError);
  EXPECT_TRUE(autocast_enabled());
}
TEST(Autocast, OnlyNarrowFloatingTypesWillDo) {
  EXPECT_EQ(message_of<DTypeError>([] { const AutocastGuard on(int32); }),
            "AutocastGuard: the lower type must be float16 or bfloat16: it is int32");
  EXPECT_FALSE(autocast_enabled());
}
TEST(Autocast, GradientsOfParametersAreFloat32) {
  nn::Linear layer(4, 3);
  Tensor loss;
  {
    const AutocastGuard on(bfloat16);
    loss = layer(rand({5, 4})).sum();
  }
  loss.backward();
  EXPECT_EQ(layer.weight.dtype(), float32);
  EXPECT_EQ(layer.weight.grad().dtype(), float32);
  EXPECT_EQ(layer.bias.grad().dtype(), float32);
}
TEST(Autocast, BackwardInsideIsTheSame) {
  const Tensor x = rand({5, 4});
  const auto gradient = [&](bool inside) {
    Tensor w = full({3, 4}, 0.3).requires_grad_();
    std::optional<AutocastGuard> on(std::in_place, bfloat16);
    const Tensor loss = exp(linear(x, w)).sum();
    if (!inside) on.reset();
    loss.backward();
    return w.grad().to_vector<float>();
  };
  EXPECT_EQ(gradient(true), gradient(false));
}
TEST(Autocast, AChangedParameterIsConvertedAnew) {
  Tensor w = ones({2, 2}).requires_grad_();
  const Tensor x = ones({1, 2});
  const AutocastGuard on(bfloat16);
  EXPECT_EQ(matmul(x, w).to_vector<float>(), (std::vector<float>{2, 2}));
  {
    const NoGradGuard off;
    w.mul_(3.0);
  }
  EXPECT_EQ(matmul(x, w).to_vector<float>(), (std::vector<float>{6, 6}));
}
TEST(Autocast, ACheckpointRunsAgainInTheTypesOfItsFirstRun) {
  const Tensor x = rand({3, 4});
  Tensor w = full({4, 4}, 0.25).requires_grad_();
  Tensor loss;
  {
    const AutocastGuard on(bfloat16);
    loss = autograd::checkpoint([](const Tensors& in) { return exp(matmul(in[0], in[1])); }, {x, w})
               .sum();
  }
  EXPECT_NO_THROW(loss.backward());
  EXPECT_EQ(w.grad().dtype(), float32);
}

TEST(Autocast, ThePageHasTheTable) {
  std::ifstream file(CT_TEST_DATA "/../docs/mixed_precision.md");
  std::map<ops::Precision, std::string> lists;
  const std::map<std::string, ops::Precision> heads = {
      {"| the lower type |", ops::Precision::lower},
      {"| float32, and so is the result |", ops::Precision::float32},
      {"| the widest type among the operands |", ops::Precision::widest},
      {"| the first operand's type;", ops::Precision::own}};
  for (std::string line; std::getline(file, line);) {
    for (const auto& [head, precision] : heads) {
      if (line.starts_with(head))
        lists[precision] = line.substr(line.rfind(" | ", line.size() - 3));
    }
  }
  std::map<ops::Precision, std::string> expected;
  for (const auto& [op, precision] : ops::kPrecisions) {
    std::string& list = expected[precision];
    list += (list.empty() ? " | `" : ", `") + std::string(op) + "`";
  }
  for (auto& [precision, list] : expected) EXPECT_EQ(lists[precision], list + " |");
}

}  // namespace
}  // namespace ct
