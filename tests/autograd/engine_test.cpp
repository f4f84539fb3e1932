// The tape: accumulation, several roots, freed graphs, hooks, in-place changes, long chains.
#include <gtest/gtest.h>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;
using Values = std::vector<float>;

Tensor leaf(std::initializer_list<float> values) { return tensor(values, {.requires_grad = true}); }

TEST(Autograd, GradientsAccumulateInLeaves) {
  Tensor w = leaf({1, 2});
  (w * 3).sum().backward();
  (w * w).sum().backward();
  EXPECT_EQ(w.grad().to_vector<float>(), (Values{5, 7}));
  w.set_grad(Tensor());
  EXPECT_FALSE(w.grad().defined());
}

TEST(Autograd, ATensorUsedTwiceSumsBothPaths) {
  const Tensor x = leaf({3});
  const Tensor y = x * x;
  (y * x + y).sum().backward();  // x³ + x²
  EXPECT_EQ(x.grad().item<float>(), 33.0f);
}

TEST(Autograd, BackwardFromSeveralRoots) {
  const Tensor x = leaf({2, 3});
  const Tensor shared = x * x;
  backward({shared.sum(), (shared * 2).sum()});
  EXPECT_EQ(x.grad().to_vector<float>(), (Values{12, 18}));
}

TEST(Autograd, ARootOfSeveralElementsNeedsAGradient) {
  const Tensor x = leaf({2, 3});
  const Tensor y = x * 2;
  EXPECT_THROW(y.backward(), ShapeError);
  EXPECT_THROW(y.backward(ones({3})), ShapeError);
  y.backward(tensor({1.f, 10.f}));
  EXPECT_EQ(x.grad().to_vector<float>(), (Values{2, 20}));
}

TEST(Autograd, AGraphUsedTwiceWithoutRetainIsAClearError) {
  const Tensor x = leaf({2});
  const Tensor y = (x * x).sum();
  y.backward();
  const std::string message = message_of<AutogradError>([&] { y.backward(); });
  EXPECT_EQ(message,
            "backward: the graph was already freed at 'mul': it was gone through before; pass "
            "retain_graph = true to the earlier backward");
}

TEST(Autograd, RetainGraphAllowsAnotherPass) {
  const Tensor x = leaf({2});
  const Tensor y = (x * x).sum();
  y.backward(Tensor(), true);
  y.backward();
  EXPECT_EQ(x.grad().item<float>(), 8.0f);
}

TEST(Autograd, NoGradGuardRecordsNothing) {
  const Tensor x = leaf({2});
  {
    const NoGradGuard off;
    EXPECT_FALSE((x * x).requires_grad());
    const EnableGradGuard on;
    EXPECT_TRUE((x * x).requires_grad());
  }
  EXPECT_TRUE((x * x).requires_grad());
  EXPECT_FALSE((x * x).detach().requires_grad());
  const std::string message = message_of<AutogradError>([&] { x.detach().sum().backward(); });
  EXPECT_NE(message.find("does not require grad"), std::string::npos);
}

TEST(Autograd, GradReturnsWithoutTouchingLeaves) {
  const Tensor x = leaf({1, 2});
  const Tensor y = leaf({3, 4});
  const Tensor loss = (x * y).sum();
  const Tensors g = grad({loss}, {x, y});
  EXPECT_EQ(g[0].to_vector<float>(), (Values{3, 4}));
  EXPECT_EQ(g[1].to_vector<float>(), (Values{1, 2}));
  EXPECT_FALSE(x.grad().defined());
}

TEST(Autograd, GradOfAnInnerTensor) {
  const Tensor x = leaf({2});
  const Tensor y = x * x;
  EXPECT_EQ(grad({(y * 3).sum()}, {y})[0].item<float>(), 3.0f);
}

TEST(Autograd, UnusedInputsAreReported) {
  const Tensor x = leaf({2});
  const Tensor y = leaf({3});
  EXPECT_THROW(grad({(x * x).sum()}, {y}), AutogradError);
  EXPECT_FALSE(grad({(x * x).sum()}, {y}, {.allow_unused = true})[0].defined());
}

TEST(Autograd, HigherOrdersByCreateGraph) {
  const Tensor x = leaf({2});
  const Tensor y = x.pow(3).sum();
  const Tensor first = grad({y}, {x}, {.create_graph = true})[0];
  EXPECT_EQ(first.item<float>(), 12.0f);
  const Tensor second = grad({first}, {x}, {.create_graph = true})[0];
  EXPECT_EQ(second.item<float>(), 12.0f);
  EXPECT_EQ(grad({second}, {x})[0].item<float>(), 6.0f);
}

TEST(Autograd, HooksSeeAndReplaceGradients) {
  Tensor w = leaf({1, 2});
  float seen = 0;
  const uint64_t id = w.register_hook([&](const Tensor& g) {
    seen = g.sum().item<float>();
    return g * 2;
  });
  (w * 3).sum().backward();
  EXPECT_EQ(seen, 6.0f);
  EXPECT_EQ(w.grad().to_vector<float>(), (Values{6, 6}));
  w.remove_hook(id);
  w.set_grad(Tensor());
  (w * 3).sum().backward();
  EXPECT_EQ(w.grad().to_vector<float>(), (Values{3, 3}));
}

TEST(Autograd, HooksAfterAccumulationSeeTheLeaf) {
  Tensor w = leaf({1, 2});
  int calls = 0;
  const uint64_t id = w.register_post_accumulate_grad_hook([&](const Tensor& t) {
    ++calls;
    EXPECT_FALSE(grad_enabled());
    Tensor self = t;
    self -= 0.5 * t.grad();  // a step of gradient descent
    self.set_grad({});
  });
  w.register_hook([](const Tensor& g) { return g * 2; });
  (w * 3 + w).sum().backward();  // gradient 8, in one piece
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(w.to_vector<float>(), (Values{-3, -2}));
  EXPECT_FALSE(w.grad().defined());
  EXPECT_EQ(grad({w.sum()}, {w})[0].to_vector<float>(), (Values{2, 2}));  // accumulates nothing
  EXPECT_EQ(calls, 1);
  w.remove_hook(id);
  w.sum().backward();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(w.grad().to_vector<float>(), (Values{2, 2}));
}

TEST(Autograd, AHookAfterAccumulationMayOutliveItsLeaf) {
  int calls = 0;
  Tensor y;
  {
    const Tensor w = leaf({1, 2});
    w.register_post_accumulate_grad_hook([&](const Tensor&) { ++calls; });
    y = (w * 2).sum();
  }
  y.backward();
  EXPECT_EQ(calls, 0);
}

TEST(Autograd, RemovingOneHookLeavesTheOthers) {
  Tensor w = leaf({1});
  const uint64_t first = w.register_hook([](const Tensor& g) { return g * 2; });
  w.remove_hook(first);
  const uint64_t second = w.register_hook([](const Tensor& g) { return g * 3; });
  w.remove_hook(first);  // again: not the new one
  EXPECT_NE(first, second);
  w.sum().backward();
  EXPECT_EQ(w.grad().item<float>(), 3.0f);
}

TEST(Autograd, HooksOnInnerTensorsSeeTheWholeSum) {
  const Tensor x = leaf({1});
  const Tensor y = x * 2;
  int calls = 0;
  y.register_hook([&](const Tensor& g) {
    ++calls;
    EXPECT_EQ(g.item<float>(), 8.0f);
    return Tensor();
  });
  (y * 3 + y * 5).sum().backward();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(x.grad().item<float>(), 16.0f);
}

TEST(Autograd, AHookOfAnotherShapeIsAnError) {
  const Tensor w = leaf({1, 2});
  w.register_hook([](const Tensor&) { return ones({3}); });
  EXPECT_THROW((w * 3).sum().backward(), AutogradError);
}

TEST(Autograd, RetainGradKeepsInnerGradients) {
  const Tensor x = leaf({2});
  Tensor y = x * x;
  EXPECT_FALSE(y.grad().defined());
  y.retain_grad();
  (y * 5).sum().backward();
  EXPECT_EQ(y.grad().item<float>(), 5.0f);
}

TEST(Autograd, InPlaceOnALeafIsAnError) {
  Tensor w = leaf({1, 2});
  const std::string message = message_of<AutogradError>([&] { w += 1.0; });
  EXPECT_NE(message.find("is a leaf that requires grad"), std::string::npos);
  const NoGradGuard off;
  w -= 0.1 * w;
  EXPECT_FLOAT_EQ(w.to_vector<float>()[1], 1.8f);
}

TEST(Autograd, InPlaceOnAResultIsRecorded) {
  const Tensor x = leaf({1, 2});
  Tensor y = x * 3;
  y *= x;  // 3 x²
  y += 1.0;
  y.sum().backward();
  EXPECT_EQ(y.to_vector<float>(), (Values{4, 13}));
  EXPECT_EQ(x.grad().to_vector<float>(), (Values{6, 12}));
}

TEST(Autograd, AChangedSavedTensorIsReportedByName) {
  const Tensor a = leaf({1, 2});
  Tensor b = tensor({3.f, 4.f});
  const Tensor y = (a * b).sum();
  b += 1.0;
  const std::string message = message_of<AutogradError>([&] { y.backward(); });
  EXPECT_EQ(message,
            "mul: input 1, saved for backward, was modified in place (saved version 0, now 1); "
            "modify a clone() instead, or change it after backward");
}

// The old values are gone, or would be somebody else's: no gradient is better than a wrong one.
TEST(Autograd, ATensorWhoseDataWasReplacedIsReportedByName) {
  const std::string message =
      "mul: input 1, saved for backward, was modified in place (saved version 0, now 1); modify a "
      "clone() instead, or change it after backward";
  const Tensor a = leaf({1, 2});
  Tensor b = leaf({3, 4});
  const Tensor y = (a * b).sum();
  b.set_data(tensor({5.f, 6.f}));
  EXPECT_EQ(message_of<AutogradError>([&] { y.backward(); }), message);

  // Whatever the counts of the two storages were.
  for (int changes = 0; changes < 4; ++changes) {
    Tensor c = tensor({3.f, 4.f});
    const Tensor z = (a * c).sum();
    Tensor other = tensor({5.f, 6.f});
    for (int i = 0; i < changes; ++i) other.mul_(2);
    c.set_data(other);
    EXPECT_EQ(message_of<AutogradError>([&] { z.backward(); }), message);
  }
}

TEST(Autograd, DataReplacedBeforeRecordingOrAfterBackwardIsNothingToReport) {
  const Tensor a = leaf({1, 2});
  Tensor b = leaf({3, 4});
  b.set_data(tensor({5.f, 6.f}));
  (a * b).sum().backward();
  EXPECT_EQ(a.grad().to_vector<float>(), (Values{5, 6}));
  b.set_data(tensor({7.f, 8.f}));
  (a * b).sum().backward();
  EXPECT_EQ(a.grad().to_vector<float>(), (Values{12, 14}));
}

// What an op saved is its result, not whatever the result's handle shows later.
TEST(Autograd, ASavedOutputKeepsItsValues) {
  const Tensor a = leaf({0, 0});
  Tensor y = a.exp();
  const Tensor z = y.sum();
  y.set_data(tensor({5.f, 6.f}));
  z.backward();
  EXPECT_EQ(a.grad().to_vector<float>(), (Values{1, 1}));
}

TEST(Autograd, CopyInPlaceRoutesTheGradient) {
  const Tensor x = leaf({1, 2});
  Tensor y = zeros({3, 2});
  y.copy_(x);
  (y * tensor({{1.f, 2.f}, {3.f, 4.f}, {5.f, 6.f}})).sum().backward();
  EXPECT_EQ(x.grad().to_vector<float>(), (Values{9, 12}));
}

TEST(Autograd, AMillionOpsNeedNoStack) {
  const Tensor x = leaf({1});
  Tensor y = x;
  for (int i = 0; i < 1'000'000; ++i) y = y + 1.0;
  y.sum().backward();
  EXPECT_EQ(x.grad().item<float>(), 1.0f);
}

TEST(Autograd, AMillionSavedTensorsAreFreedWithoutStack) {
  const Tensor x = leaf({1});
  Tensor y = x;
  for (int i = 0; i < 1'000'000; ++i) y = y * x;
  y = Tensor();
  EXPECT_FALSE(y.defined());
}

TEST(Autograd, IntegersHaveNoGradient) {
  Tensor i = tensor({1, 2});
  EXPECT_THROW(i.requires_grad_(), DTypeError);
  const Tensor x = leaf({1, 5});
  EXPECT_FALSE(x.argmax().requires_grad());
  EXPECT_FALSE((x > 2).requires_grad());
}

TEST(Autograd, GradientsHaveTheInputsTypes) {
  const Tensor x = leaf({1, 2});
  const Tensor y = tensor({3.0, 4.0}, {.dtype = float64, .requires_grad = true});
  (x * y).sum().backward();
  EXPECT_EQ(x.grad().dtype(), float32);
  EXPECT_EQ(y.grad().dtype(), float64);
}

TEST(Autograd, RequiresGradCannotBeSwitchedOffOnAResult) {
  const Tensor x = leaf({1});
  Tensor y = x * 2;
  EXPECT_THROW(y.requires_grad_(false), AutogradError);
  EXPECT_EQ(y.grad_fn_name(), "mul");
  EXPECT_FALSE(y.is_leaf());
  EXPECT_TRUE(x.is_leaf());
}

}  // namespace
}  // namespace ct
