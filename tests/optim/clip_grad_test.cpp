// Gradients are scaled together, down only.
#include "customtensor/optim/clip_grad.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct::optim {
namespace {

Tensors with_gradients() {
  Tensors p = {ones({3}, {.requires_grad = true}), ones({2}, {.requires_grad = true}),
               ones({2}, {.requires_grad = true})};
  p[0].set_grad(tensor({1.F, 2.F, 3.F}));
  p[1].set_grad(tensor({4.F, 5.F}));
  return p;
}

TEST(ClipGradNorm, ScalesAllGradientsTogether) {
  const Tensors p = with_gradients();
  EXPECT_NEAR(clip_grad_norm_(p, 2.0).item<float>(), 7.4161985, 1e-6);
  // torch.nn.utils.clip_grad_norm_ of PyTorch 1.13.1
  EXPECT_TRUE(test::near(p[0].grad(), {0.26967991, 0.53935982, 0.80903973}, 1e-6));
  EXPECT_TRUE(test::near(p[1].grad(), {1.07871963, 1.34839954}, 1e-6));
  EXPECT_FALSE(p[2].grad().defined());
}

// torch.nn.utils.clip_grad_norm_ of PyTorch 2.13: the norms are 15, 6.0822… and 5.
TEST(ClipGradNorm, IsOfAnyOrder) {
  const auto norm_of = [](double order) {
    const Tensors p = with_gradients();
    const double norm = clip_grad_norm_(p, 2.0, order).item<double>();
    EXPECT_TRUE(test::near(p[1].grad(), {8 / norm, 10 / norm}, 1e-6));
    return norm;
  };
  EXPECT_NEAR(norm_of(1), 15, 1e-6);
  EXPECT_NEAR(norm_of(3), std::cbrt(1 + 8 + 27 + 64 + 125), 1e-6);
  EXPECT_NEAR(norm_of(INFINITY), 5, 1e-6);
}

TEST(ClipGradNorm, ThatIsNotFiniteIsAnErrorIfAskedFor) {
  Tensors p = with_gradients();
  p[1].set_grad(tensor({NAN, 5.F}));
  EXPECT_THROW(clip_grad_norm_(p, 1.0, 2.0, true), ValueError);
  EXPECT_TRUE(test::near(p[0].grad(), {1, 2, 3}, 0));
  EXPECT_TRUE(std::isnan(clip_grad_norm_(p, 1.0).item<float>()));
}

TEST(ClipGradValue, MovesEachElementIntoTheRange) {
  Tensors p = with_gradients();
  p[1].set_grad(tensor({-4.F, NAN}));
  clip_grad_value_(p, 2.5);
  EXPECT_TRUE(test::near(p[0].grad(), {1, 2, 2.5}, 0));
  EXPECT_TRUE(test::near(p[1].grad(), {-2.5, NAN}, 0));
}

TEST(ClipGradNorm, LeavesSmallGradientsAlone) {
  const Tensors p = with_gradients();
  clip_grad_norm_(p, 100.0);
  EXPECT_TRUE(test::near(p[1].grad(), {4, 5}, 0));
}

// The squares of 300 are infinite in float16, those of 1e-4 are 0.
TEST(ClipGradNorm, OfNarrowGradientsIsThatOfTheirNumbers) {
  for (const DType dtype : {float16, bfloat16}) {
    for (const double size : {300.0, 1e-4}) {
      Tensor p = ones({4}, {.dtype = dtype, .requires_grad = true});
      p.set_grad(full({4}, size, {.dtype = dtype}));
      const double each = p.grad().to(float64).index({0}).item<double>();
      const Tensor norm = clip_grad_norm_(Tensors{p}, each);
      EXPECT_NEAR(norm.item<double>(), 2 * each, 1e-6 * each);
      EXPECT_EQ(p.grad().dtype(), dtype);
      EXPECT_TRUE(test::near(p.grad().to(float64) / each,
                             std::vector<double>(4, each / (2 * each + 1e-6)),
                             dtype == float16 ? 1e-3 : 4e-3));
    }
  }
}

TEST(ClipGradNorm, OfNothingIsZero) {
  EXPECT_EQ(clip_grad_norm_(Tensors{ones({2})}, 1.0).item<float>(), 0.F);
}

TEST(ClipGradNorm, RejectsALimitThatIsNotPositive) {
  EXPECT_EQ(test::message_of<ValueError>([] { clip_grad_norm_(Tensors{}, 0.0); }),
            "clip_grad_norm_: max_norm must be above 0: 0");
}

}  // namespace
}  // namespace ct::optim
