// A user's own differentiable op.
#include <gtest/gtest.h>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"

namespace ct {
namespace {

struct Swish : autograd::Function<Swish> {
  static Tensor forward(autograd::Context& ctx, const Tensor& x) {
    ctx.save_for_backward({x});
    return x * sigmoid(x);
  }
  static autograd::Tensors backward(autograd::Context& ctx, const Tensor& grad_out) {
    const Tensor x = ctx.saved()[0];
    const Tensor s = sigmoid(x);
    return {grad_out * (s + x * s * (1 - s))};
  }
};

struct ScaledSumAndDifference : autograd::Function<ScaledSumAndDifference> {
  static autograd::Tensors forward(autograd::Context& ctx, const Tensor& a, const Tensor& b,
                                   double scale) {
    ctx.set("scale", scale);
    return {(a + b) * scale, (a - b) * scale};
  }
  static autograd::Tensors backward(autograd::Context& ctx, const autograd::Tensors& g) {
    const double scale = ctx.get<double>("scale");
    return {(g[0] + g[1]) * scale, (g[0] - g[1]) * scale};
  }
};

struct WrongCount : autograd::Function<WrongCount> {
  static Tensor forward(autograd::Context&, const Tensor& x) { return x * 2; }
  static autograd::Tensors backward(autograd::Context&, const Tensor& g) { return {g, g}; }
};

Tensor input(double shift = 0) {
  return (arange(6, {.dtype = float64}).reshape({2, 3}) * 0.3 - 1 + shift).requires_grad_();
}

TEST(Function, ForwardAndGradient) {
  EXPECT_TRUE(gradcheck([](const Tensors& x) { return Swish::apply(x[0]); }, {input()}));
}

TEST(Function, DifferentiatesTwice) {
  EXPECT_TRUE(gradgradcheck([](const Tensors& x) { return Swish::apply(x[0]); }, {input()}));
}

TEST(Function, SeveralOutputsAndPlainArguments) {
  EXPECT_TRUE(gradcheck(
      [](const Tensors& x) {
        const auto y = ScaledSumAndDifference::apply(x[0], x[1], 1.5);
        return y[0] * y[1];
      },
      {input(), input(0.7)}));
}

TEST(Function, AWrongNumberOfGradientsIsReported) {
  EXPECT_THROW(WrongCount::apply(input()).sum().backward(), AutogradError);
}

TEST(Function, RecordsNothingWithoutNeed) {
  EXPECT_FALSE(Swish::apply(ones({2})).requires_grad());
  const NoGradGuard off;
  EXPECT_FALSE(Swish::apply(input()).requires_grad());
}

}  // namespace
}  // namespace ct
