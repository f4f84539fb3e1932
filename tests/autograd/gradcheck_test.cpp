// gradcheck itself must find wrong gradients.
#include <gtest/gtest.h>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

struct WrongSquare : autograd::Function<WrongSquare> {
  static Tensor forward(autograd::Context& ctx, const Tensor& x) {
    ctx.save_for_backward({x});
    return x * x;
  }
  static autograd::Tensors backward(autograd::Context& ctx, const Tensor& g) {
    // Wrong in one element only.
    const Tensor factor = tensor({2.0, 2.0, 2.1}, {.dtype = float64});
    return {g * ctx.saved()[0] * factor};
  }
};

Tensor input() { return tensor({1.0, 2.0, 3.0}, {.dtype = float64, .requires_grad = true}); }

TEST(Gradcheck, NamesInputAndElement) {
  const std::string message = test::message_of<AutogradError>(
      [] { gradcheck([](const Tensors& x) { return WrongSquare::apply(x[0]); }, {input()}); });
  EXPECT_NE(message.find("input 0 element [2]"), std::string::npos) << message;
}

TEST(Gradcheck, RefusesFloat32) {
  EXPECT_THROW(
      gradcheck([](const Tensors& x) { return x[0] * x[0]; }, {ones({2}, {.requires_grad = true})}),
      DTypeError);
}

TEST(Gradcheck, NeedsAnInputToCheck) {
  EXPECT_THROW(gradcheck([](const Tensors& x) { return x[0] * x[0]; }, {ones({2})}), AutogradError);
}

TEST(Gradcheck, ChecksSeveralOutputs) {
  EXPECT_TRUE(gradcheck(std::function<Tensors(const Tensors&)>([](const Tensors& x) {
                          return Tensors{x[0].exp(), x[0] * 3, x[0].argmax()};
                        }),
                        {input()}));
}

TEST(Gradgradcheck, PassesForASmoothFunction) {
  EXPECT_TRUE(gradgradcheck([](const Tensors& x) { return x[0].sin() * x[0]; }, {input()}));
}

}  // namespace
}  // namespace ct
