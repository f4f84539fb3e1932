// Losses: what they refuse, and that they stay finite. Their values and gradients are compared with
// PyTorch's in tests/reference.
#include <gtest/gtest.h>

#include <limits>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;

Tensor row(std::initializer_list<float> values) { return tensor(values).unsqueeze(0); }

TEST(LossMessage, ShapesThatDiffer) {
  EXPECT_EQ(message_of<ShapeError>([] {
              huber_loss(ones({4, 1}), ones({4}));
            }),
            "huber_loss: shapes differ: (4, 1) and (4); losses do not broadcast, reshape() or "
            "expand() one of them");
}
TEST(LossMessage, Weights) {
  EXPECT_EQ(message_of<ShapeError>([] {
              binary_cross_entropy(ones({2, 3}), ones({2, 3}), {.weight = ones({4, 2, 3})});
            }),
            "binary_cross_entropy: a weight (4, 2, 3) does not broadcast to (2, 3)");
  EXPECT_EQ(message_of<ShapeError>([] {
              cross_entropy(ones({2, 3}), tensor({0, 1}), {.weight = ones({2})});
            }),
            "cross_entropy: weight is (2): it must have one number for each of 3 classes");
}
TEST(LossMessage, Numbers) {
  const Tensor x = ones({2});
  EXPECT_EQ(message_of<ValueError>([&] { smooth_l1_loss(x, x, Reduction::mean, -1); }),
            "smooth_l1_loss: beta must not be negative: -1");
  EXPECT_EQ(message_of<ValueError>([&] { huber_loss(x, x, Reduction::mean, 0); }),
            "huber_loss: delta must be positive: 0");
  EXPECT_EQ(message_of<ValueError>([&] { sigmoid_focal_loss(x, x, {.gamma = -2}); }),
            "sigmoid_focal_loss: alpha must be at most 1 and gamma not negative: 0.25 and -2");
  EXPECT_EQ(message_of<ValueError>([&] { gaussian_nll_loss(x, x, x, {.eps = 0}); }),
            "gaussian_nll_loss: eps must be positive: 0");
  EXPECT_EQ(message_of<ValueError>([&] { focal_loss(x, tensor(0), {.gamma = -1}); }),
            "focal_loss: gamma must not be negative: -1");
  EXPECT_EQ(message_of<ValueError>([&] {
              dice_loss(ones({1, 2}), ones({1, 2}), {.smooth = -1});
            }),
            "dice_loss: smooth must not be negative: -1");
  EXPECT_EQ(message_of<ValueError>([&] { multi_margin_loss(x, tensor(0), {.p = 3}); }),
            "multi_margin_loss: p must be 1 or 2: 3");
  EXPECT_EQ(message_of<ValueError>([&] { triplet_margin_loss(x, x, x, {.margin = 0}); }),
            "triplet_margin_loss: margin must be positive: 0");
  EXPECT_EQ(message_of<ValueError>([] {
              cdist(ones({2, 3}), ones({2, 3}), -1);
            }),
            "cdist: p must not be negative: -1");
}
TEST(LossMessage, Forms) {
  EXPECT_EQ(message_of<ShapeError>([] {
              gaussian_nll_loss(ones({2, 3}), ones({2, 3}), ones({3}));
            }),
            "gaussian_nll_loss: var (3) must be as input (2, 3), or without its last axis, or of "
            "size 1 there");
  EXPECT_EQ(message_of<ShapeError>([] { dice_loss(ones({3}), ones({3})); }),
            "dice_loss: input must be (n, classes, ...): (3)");
  EXPECT_EQ(message_of<ShapeError>([] {
              multi_margin_loss(ones({1, 2, 3}), zeros({1, 3}, {.dtype = int64}));
            }),
            "multi_margin_loss: input must be (n, classes) or (classes): (1, 2, 3)");
  EXPECT_EQ(message_of<DTypeError>([] {
              multilabel_margin_loss(ones({1, 2}), ones({1, 2}));
            }),
            "multilabel_margin_loss: input is float32 and target float32: they must be floating "
            "and int64");
  EXPECT_EQ(message_of<ShapeError>([] {
              cdist(ones({2, 3}), ones({2, 4}));
            }),
            "cdist: x1 must be (..., m, d) and x2 (..., n, d) with one d: (2, 3) and (2, 4)");
  EXPECT_EQ(message_of<ShapeError>([] { pdist(ones({3})); }), "pdist: x must be (n, d): (3)");
  EXPECT_EQ(
      message_of<ShapeError>([] {
        cosine_embedding_loss(ones({2, 3}), ones({2, 3}), ones({3}));
      }),
      "cosine_embedding_loss: x1, x2 (2, 3) and target (3) must be (n, d), (n, d) and (n), or (d), "
      "(d) and ()");
}
TEST(LossMessage, ClassesOutOfRangeInManyAxes) {
  const Tensor logits = ones({1, 3, 2, 2});
  const Tensor targets = tensor({{{0, 1}, {7, 2}}});
  EXPECT_EQ(message_of<IndexError>([&] { cross_entropy(logits, targets); }),
            "cross_entropy: target 7 at row 2 is out of range: there are 3 classes");
}

TEST(LossMessage, Ctc) {
  const Tensor x = zeros({4, 2, 3}), y = tensor({{1, 2}, {2, 1}}), t = tensor({4, 4}),
               n = tensor({2, 2});
  EXPECT_EQ(message_of<ShapeError>([&] { ctc_loss(ones({2}), y, t, n); }),
            "ctc_loss: log_probs must be (time, n, classes) or (time, classes): (2)");
  EXPECT_EQ(message_of<DTypeError>([&] { ctc_loss(x, y, t.to(float32), n); }),
            "ctc_loss: input_lengths is float32: it must be int64");
  EXPECT_EQ(message_of<ShapeError>([&] { ctc_loss(x, y, t, tensor({2})); }),
            "ctc_loss: target_lengths is (1): there are 2 samples");
  EXPECT_EQ(message_of<ValueError>([&] {
              ctc_loss(x, y, tensor({4, 5}), n);
            }),
            "ctc_loss: input_lengths of sample 1 must be from 0 to 4: 5");
  EXPECT_EQ(message_of<DTypeError>([&] { ctc_loss(x, y.to(float32), t, n); }),
            "ctc_loss: targets are float32: they must be int64");
  EXPECT_EQ(message_of<ShapeError>([&] {
              ctc_loss(x, tensor({1, 2, 1}), t, n);
            }),
            "ctc_loss: targets are (3): they must be (2, longest) or, all in a row, (4)");
  EXPECT_EQ(message_of<IndexError>([&] { ctc_loss(x, y + 1, t, n); }),
            "ctc_loss: target 3 of sample 0 is out of range: there are 3 classes");
  EXPECT_EQ(message_of<ValueError>([&] { ctc_loss(x, y - 1, t, n); }),
            "ctc_loss: target 0 of sample 0 is the blank, 0");
  EXPECT_EQ(message_of<ValueError>([&] { ctc_loss(x, y, t, n, {.blank = 3}); }),
            "ctc_loss: blank must be one of 3 classes: 3");
}

TEST(Loss, CtcHasNoSecondDerivative) {
  Tensor x = zeros({4, 1, 3}).requires_grad_();
  const Tensor loss = ctc_loss(log_softmax(x, 2), tensor({{1}}), tensor({4}), tensor({1}));
  EXPECT_EQ(message_of<AutogradError>([&] { grad({loss}, {x}, {.create_graph = true}); }),
            "ctc_loss: there is no second derivative: call backward() without create_graph");
}

TEST(Loss, CtcIsFiniteBesideClassesThatCannotBe) {
  // The middle class is never said.
  const float never = -std::numeric_limits<float>::infinity();
  Tensor x =
      tensor({{-1.F, never, -1.F}, {-1.F, never, -1.F}, {-1.F, never, -1.F}}).requires_grad_();
  ctc_loss(x, tensor({2}), tensor(3), tensor(1)).backward();
  EXPECT_TRUE(x.grad().isfinite().all().item<bool>());
  EXPECT_NEAR(x.grad().sum().item<float>(), -3, 1e-5);
}

TEST(Loss, CtcOfOneSampleIsThatOfABatchOfOne) {
  manual_seed(5);
  const Tensor x = log_softmax(randn({6, 4}), 1);
  const Tensor one =
      ctc_loss(x, tensor({1, 3, 3}), tensor(6), tensor(3), {.reduction = Reduction::none});
  const Tensor batch = ctc_loss(x.unsqueeze(1), tensor({{1, 3, 3}}), tensor({6}), tensor({3}),
                                {.reduction = Reduction::none});
  EXPECT_EQ(one.dim(), 0);
  EXPECT_TRUE(test::near(one, batch.to_vector<double>(), 0));
}

TEST(Loss, IsFiniteWithItsGradientAtLargeLogits) {
  const auto check = [](const char* name, auto loss) {
    Tensor x = row({1e4F, -1e4F, 0.F, 1e4F, -1e4F}).requires_grad_();
    const Tensor y = loss(x);
    y.backward();
    EXPECT_TRUE(y.isfinite().all().item<bool>()) << name;
    EXPECT_TRUE(x.grad().isfinite().all().item<bool>()) << name;
  };
  const Tensor ones_and_zeros = row({1, 1, 0, 0, 0});
  const Tensor signs = ones_and_zeros * 2 - 1;
  const Tensor label = tensor({1});
  const auto mean = Reduction::mean;
  check("bce", [&](auto& x) { return binary_cross_entropy_with_logits(x, ones_and_zeros); });
  check("focal", [&](auto& x) { return sigmoid_focal_loss(x, ones_and_zeros); });
  check("focal 0.5",
        [&](auto& x) { return sigmoid_focal_loss(x, ones_and_zeros, {.gamma = 0.5}); });
  check("soft margin", [&](auto& x) { return soft_margin_loss(x, signs, mean); });
  check("labels", [&](auto& x) { return multilabel_soft_margin_loss(x, ones_and_zeros); });
  check("cross entropy", [&](auto& x) { return cross_entropy(x, label); });
  check("smooth", [&](auto& x) { return cross_entropy(x, label, {.label_smoothing = 0.1}); });
  check("classes", [&](auto& x) { return focal_loss(x, label); });
  check("margin", [&](auto& x) { return multi_margin_loss(x, label); });
  check("huber", [&](auto& x) { return huber_loss(x, signs, mean); });
  check("smooth l1", [&](auto& x) { return smooth_l1_loss(x, signs, mean); });
  check("hinge", [&](auto& x) { return hinge_embedding_loss(x, signs); });
}

TEST(Loss, OfProbabilitiesOf0And1IsPyTorchs) {
  Tensor x = tensor({0.F, 1.F, 0.F, 1.F}).requires_grad_();
  const Tensor y = tensor({0.F, 1.F, 1.F, 0.F});
  const Tensor loss = binary_cross_entropy(x, y, {.reduction = Reduction::none});
  EXPECT_TRUE(test::near(loss, {0, 0, 100, 100}, 0));
  loss.sum().backward();
  EXPECT_TRUE(test::near(x.grad(), {0, 0, -1e12, 1e12}, 1e-6));
}

}  // namespace
}  // namespace ct
