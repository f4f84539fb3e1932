// A retained gradient belongs to the tensor, whatever becomes of its value: it follows to the
// history that a change in place gives it.
#include <gtest/gtest.h>

#include "customtensor/autograd.hpp"
#include "customtensor/ops.hpp"

namespace ct {
namespace {

using Values = std::vector<float>;

Tensor leaf(std::initializer_list<float> values) { return tensor(values, {.requires_grad = true}); }
Values gradient(const Tensor& x) { return x.grad().to_vector<float>(); }

TEST(RetainGrad, OfAViewWhoseBaseWasChanged) {
  const Tensor x = leaf({1, 2});
  Tensor base = x * 1;
  Tensor v = base.view({2});
  v.retain_grad();
  base.mul_(3);
  v.index({1}).backward();
  ASSERT_TRUE(v.grad().defined());
  EXPECT_EQ(gradient(v), (Values{0, 1}));
  EXPECT_EQ(gradient(x), (Values{0, 3}));
}

TEST(RetainGrad, OfAViewWhoseBaseWasChangedThroughAnother) {
  const Tensor x = leaf({1, 2});
  const Tensor base = x * 1;
  Tensor v = base.view({2});
  v.retain_grad();
  base.select(0, 0).fill_(7);
  (v * v).sum().backward();
  EXPECT_EQ(gradient(v), (Values{14, 4}));
  EXPECT_EQ(gradient(x), (Values{0, 4}));
}

TEST(RetainGrad, OfAViewThatWasChangedItself) {
  const Tensor x = leaf({1, 2});
  const Tensor base = x * 1;
  Tensor v = base.slice(0, Slice(0, 1));
  v.retain_grad();
  v.mul_(5);
  (v * 2).sum().backward();
  EXPECT_EQ(gradient(v), (Values{2}));
  EXPECT_EQ(gradient(x), (Values{10, 0}));
}

TEST(RetainGrad, OfAnOverwrittenView) {
  const Tensor x = leaf({1, 2});
  const Tensor base = x * 1;
  Tensor v = base.slice(0, Slice(0, 1));
  v.retain_grad();
  v.fill_(5);
  (v * 3).sum().backward();
  EXPECT_EQ(gradient(v), (Values{3}));
  EXPECT_EQ(gradient(x), (Values{0, 0}));
}

TEST(RetainGrad, OfABaseThatWasChangedThroughAView) {
  const Tensor x = leaf({1, 2});
  Tensor base = x * 1;
  base.retain_grad();
  base.select(0, 0).mul_(4);
  (base * base).sum().backward();
  EXPECT_EQ(gradient(base), (Values{8, 4}));
  EXPECT_EQ(gradient(x), (Values{32, 4}));
}

TEST(RetainGrad, OfATensorThatWasChanged) {
  const Tensor x = leaf({1, 2});
  Tensor y = x * 2;
  y.retain_grad();
  y.mul_(3);
  y.add_(1);
  y.sum().backward();
  EXPECT_EQ(gradient(y), (Values{1, 1}));
  EXPECT_EQ(gradient(x), (Values{6, 6}));
}

TEST(RetainGrad, WhatWasKeptStaysAndGrows) {
  const Tensor x = leaf({1, 2});
  Tensor y = x * 2;
  y.retain_grad();
  y.sum().backward({}, true);
  y.add_(1);
  EXPECT_EQ(gradient(y), (Values{1, 1}));
  (y * 3).sum().backward();
  EXPECT_EQ(gradient(y), (Values{4, 4}));
}

TEST(RetainGrad, AHookStaysWithTheOlderValue) {  // as in PyTorch
  const Tensor x = leaf({1, 2});
  Tensor y = x * 2;
  Values seen;
  y.register_hook([&](const Tensor& g) {
    seen = g.to_vector<float>();
    return Tensor();
  });
  y.mul_(3);
  y.sum().backward();
  EXPECT_EQ(seen, (Values{3, 3}));
}

}  // namespace
}  // namespace ct
