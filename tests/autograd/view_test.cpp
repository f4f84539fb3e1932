// Changes in place through views: histories of bases and of other views follow.
#include <gtest/gtest.h>

#include <functional>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;
using Values = std::vector<float>;

Tensor leaf(std::initializer_list<float> values) { return tensor(values, {.requires_grad = true}); }
Values gradient(const Tensor& x) { return x.grad().to_vector<float>(); }

TEST(InPlaceView, AChangeOfAPartChangesTheBasesHistory) {
  const Tensor x = leaf({1, 2, 3});
  const Tensor w = leaf({5});
  const Tensor y = x * 2;
  y.slice(0, Slice(0, 1)).mul_(w);
  EXPECT_EQ(y.grad_fn_name(), "copy_slices");
  y.sum().backward();
  EXPECT_EQ(gradient(x), (Values{10, 2, 2}));
  EXPECT_EQ(gradient(w), (Values{2}));
}

TEST(InPlaceView, AnOverwrittenPartGetsNoGradient) {
  const Tensor x = leaf({1, 2, 3});
  const Tensor y = x * 2;
  y.select(0, 1).fill_(7);
  y.select(0, 2).copy_(tensor(1.0f));
  y.sum().backward();
  EXPECT_EQ(gradient(x), (Values{2, 0, 0}));
}

// As in PyTorch: zeros, not nothing, whichever way the overwritten tensor is looked at.
TEST(InPlaceView, WhatWasOverwrittenGetsZeros) {
  const Tensor w = leaf({5, 6});
  const std::vector<std::function<Tensor(const Tensor&)>> reads = {
      [&](const Tensor& y) { return y.slice(0, Slice(0, 2)).zero_(); },
      [&](const Tensor& y) { return y.slice(0, Slice(0, 2)).copy_(w); },
      [&](const Tensor& y) { return Tensor(y).zero_(); },
      [&](const Tensor& y) { return Tensor(y).copy_(w.sum()); },
      [&](const Tensor& y) {
        Tensor part = y.slice(0, Slice(1, 3));
        part.fill_(3);
        return part * part;
      }};
  for (size_t i = 0; i < reads.size(); ++i) {
    const Tensor x = leaf({1, 2, 3});
    reads[i](x * 2).sum().backward();
    EXPECT_EQ(gradient(x), (Values{0, 0, 0})) << i;
  }
  EXPECT_EQ(gradient(w), (Values{4, 4}));
}

TEST(InPlaceView, AFreshTensorGetsAHistoryByItsParts) {
  const Tensor x = leaf({1, 2});
  const Tensor rows = zeros({3, 2});
  const Tensor before = rows.select(0, 2);
  EXPECT_FALSE(before.requires_grad());
  for (int64_t i = 0; i < 3; ++i) rows.select(0, i).copy_(x * static_cast<float>(i));
  EXPECT_TRUE(rows.requires_grad());
  EXPECT_TRUE(before.requires_grad());
  EXPECT_EQ(before.grad_fn_name(), "as_strided");
  (rows.sum() + before.sum()).backward();
  EXPECT_EQ(gradient(x), (Values{5, 5}));
}

TEST(InPlaceView, ViewsMadeBeforeReadTheNewHistory) {
  const Tensor x = leaf({1, 2, 3});
  Tensor y = x * 2;
  const Tensor part = y.slice(0, Slice(0, 2));
  const Tensor reversed = y.slice(0, Slice(std::nullopt, std::nullopt, -1));
  y *= 3.0;
  part.sum().backward();
  EXPECT_EQ(gradient(x), (Values{6, 6, 0}));
  reversed.select(0, 0).backward();
  EXPECT_EQ(gradient(x), (Values{6, 6, 6}));
}

TEST(InPlaceView, AViewCanBeARootAndAnInputOfGrad) {
  const Tensor x = leaf({1, 2, 3});
  Tensor y = x * 2;
  const Tensor part = y.slice(0, Slice(1));
  y *= x;
  const Tensors g = grad({part}, {x}, {.gradients = {tensor({1.f, 10.f})}, .retain_graph = true});
  EXPECT_EQ(g[0].to_vector<float>(), (Values{0, 8, 120}));
  const Tensor loss = (part * part).sum();
  EXPECT_EQ(grad({loss}, {part})[0].to_vector<float>(), (Values{16, 36}));
}

TEST(InPlaceView, ChangesThroughAViewThatIsReadItself) {
  const Tensor x = leaf({1, 2, 3});
  const Tensor y = x * 1;
  Tensor part = y.slice(0, Slice(0, 2));
  part.mul_(part * 1);
  part += y.slice(0, Slice(1));  // 1 + 4, 4 + 3 of x², x², x
  EXPECT_EQ(y.to_vector<float>(), (Values{5, 7, 3}));
  (part.sum() + y.sum()).backward();
  EXPECT_EQ(gradient(x), (Values{4, 16, 3}));
}

TEST(InPlaceView, IndexedSumsAccumulate) {
  const Tensor x = leaf({1, 2});
  const Tensor y = zeros({2, 2});
  y.index({0}) += x;
  y.index({Slice(), 1}) += x;
  y.index({Ellipsis}) *= 2.0;
  EXPECT_EQ(y.to_vector<float>(), (Values{2, 6, 0, 4}));
  y.sum().backward();
  EXPECT_EQ(gradient(x), (Values{4, 4}));
}

TEST(InPlaceView, HalfOfABaseMayBeASavedView) {
  // The history of y comes to hold a node that saved a view of y: no cycle keeps it alive.
  std::weak_ptr<int> alive;
  {
    const auto token = std::make_shared<int>(1);
    alive = token;
    const Tensor w = leaf({3});
    const Tensor x = leaf({1, 2});
    const Tensor y = x * 1;
    y.register_hook([token](const Tensor&) { return Tensor(); });
    const Tensor product = y.slice(0, Slice(0, 1)) * w;
    y.slice(0, Slice(1)).copy_(product);
  }
  EXPECT_TRUE(alive.expired());
}

TEST(InPlaceView, SavedValuesThatChangeAreReported) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 1;
  const Tensor z = (y * y).sum();
  y.select(0, 0).fill_(0);
  const std::string message = message_of<AutogradError>([&] { z.backward(); });
  EXPECT_NE(message.find("was modified in place (saved version 0, now 1)"), std::string::npos);
}

TEST(InPlaceView, AViewOfALeafThatRequiresGradIsRefused) {
  const Tensor w = leaf({1, 2, 3});
  EXPECT_EQ(message_of<AutogradError>([&] { w.slice(0, Slice(0, 2)).fill_(0); }),
            "fill_: the tensor (2) is a view of a leaf that requires grad: changing it in place "
            "would lose its gradient; do it inside a NoGradGuard, or out of place");
  const NoGradGuard off;
  w.slice(0, Slice(0, 2)).fill_(0);
  EXPECT_EQ(w.to_vector<float>(), (Values{0, 0, 3}));
}

TEST(InPlaceView, AViewMadeUnrecordedCannotTakeAHistory) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 2;
  Tensor part;
  {
    const NoGradGuard off;
    part = y.select(0, 0);
  }
  EXPECT_FALSE(part.requires_grad());
  EXPECT_EQ(message_of<AutogradError>([&] { part.fill_(1); }),
            "fill_: the tensor () is a view made inside a NoGradGuard: its base's history cannot "
            "follow; make the view outside of the guard, or detach() it");
  part.detach().fill_(1);
  EXPECT_EQ(y.to_vector<float>(), (Values{1, 4}));
}

TEST(InPlaceView, ExpandedTensorsCannotBeWritten) {
  const Tensor x = zeros({3, 1}).expand({3, 2});
  EXPECT_EQ(
      message_of<ValueError>([&] { x.select(0, 0).copy_(ones({2})); }),
      "copy_: elements of the expanded tensor (2) share memory along axis 0; clone() it first");
}

TEST(InPlaceView, IntegersKeepNoHistory) {
  const Tensor counts = zeros({3}, {.dtype = int64});
  counts.select(0, 1).copy_(leaf({4}).sum());
  EXPECT_EQ(counts.to_vector<int>(), (std::vector<int>{0, 4, 0}));
  EXPECT_FALSE(counts.requires_grad());
}

}  // namespace
}  // namespace ct
