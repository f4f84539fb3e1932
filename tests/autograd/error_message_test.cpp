// What misuse of gradients is answered with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "customtensor/autograd.hpp"
#include "customtensor/autograd_functional.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;

Tensor leaf(std::vector<double> values, DType dtype = float32) {
  return tensor(values, {.dtype = dtype, .requires_grad = true});
}
Tensor leaf64(std::vector<double> values) { return leaf(std::move(values), float64); }

struct TwoArguments : autograd::Function<TwoArguments> {
  static Tensor forward(autograd::Context& /*ctx*/, const Tensor& a, const Tensor& b) {
    return a * b;
  }
  static Tensors backward(autograd::Context& /*ctx*/, const Tensor& g) { return {g}; }
};
struct WrongShape : autograd::Function<WrongShape> {
  static Tensor forward(autograd::Context& /*ctx*/, const Tensor& x) { return x * 2; }
  static Tensors backward(autograd::Context& /*ctx*/, const Tensor& g) { return {g.sum()}; }
};

TEST(AutogradMessage, CheckpointOfAnotherShape) {
  EXPECT_EQ(message_of<AutogradError>([] {
              const Tensor x = leaf({1, 2});
              int calls = 0;
              const auto fn = [&](const Tensor& t) {
                return ++calls == 1 ? t.exp().sum() : t.repeat({2}).exp().sum();
              };
              autograd::checkpoint(fn, x).backward();
            }),
            "checkpoint: the function did not do the same again: saved tensor 0 was float32 (2), "
            "now it is float32 (4)");
}
TEST(AutogradMessage, NanGradient) {
  EXPECT_EQ(message_of<AutogradError>([] {
              const AnomalyGuard on;
              const Tensor x = leaf({0, 1});
              (x.sqrt() * 0).sum().backward();
            }),
            "backward: 'sqrt' made a NaN gradient for its input 0 of shape (2), which is a leaf: 1 "
            "of 2 elements");
}
TEST(AutogradMessage, HookShape) {
  EXPECT_EQ(message_of<AutogradError>([] {
              const Tensor y = leaf({1, 2}) * 2;
              y.register_hook([](const Tensor&) { return ones({3}); });
              y.sum().backward();
            }),
            "backward: a hook on the result of 'mul' returned shape (3) for a gradient of shape "
            "(2); return the same shape, or an undefined tensor to keep it");
}
TEST(AutogradMessage, NumberOfGradients) {
  EXPECT_EQ(message_of<ValueError>([] {
              const Tensor y = leaf({1, 2}).sum();
              backward({y}, {.gradients = {ones({}), ones({})}});
            }),
            "backward: 2 gradients for 1 roots; pass one for each, or none");
}
TEST(AutogradMessage, RootWithoutGrad) {
  EXPECT_EQ(message_of<AutogradError>([] { backward({ones({2})}); }),
            "backward: root 0 of shape (2) does not require grad: no recorded op made it; set "
            "requires_grad on an input, and compute it outside of NoGradGuard");
}
TEST(AutogradMessage, RootOfSeveralElements) {
  EXPECT_EQ(message_of<ShapeError>([] {
              backward({leaf({1, 2}) * 2});
            }),
            "backward: root 0 has shape (2): only a root of one element has an implicit gradient "
            "of 1; reduce it, or pass its gradient");
}
TEST(AutogradMessage, GradientShape) {
  EXPECT_EQ(message_of<ShapeError>([] {
              (leaf({1, 2}) * 2).backward(ones({3}));
            }),
            "backward: gradient 0 has shape (3): its root has shape (2)");
}
TEST(AutogradMessage, InputWithoutGrad) {
  EXPECT_EQ(
      message_of<AutogradError>([] {
        grad({leaf({1, 2}).sum()}, {ones({2})});
      }),
      "grad: input 0 of shape (2) does not require grad; call requires_grad_() before using it");
}
TEST(AutogradMessage, UnusedInput) {
  EXPECT_EQ(message_of<AutogradError>([] {
              grad({leaf({1, 2}).sum()}, {leaf({1, 2, 3})});
            }),
            "grad: input 0 of shape (3) was not used to compute the roots; pass allow_unused = "
            "true to get an undefined tensor for it");
}
TEST(AutogradMessage, FunctionGradients) {
  EXPECT_EQ(message_of<AutogradError>([] {
              TwoArguments::apply(leaf({1, 2}), leaf({1, 2})).sum().backward();
            }),
            "ct::(anonymous namespace)::TwoArguments: backward returned 1 gradients for 2 tensor "
            "arguments; return one for each (an undefined tensor where none is needed)");
}
TEST(AutogradMessage, GradcheckOutput) {
  EXPECT_EQ(
      message_of<AutogradError>([] {
        gradcheck([](const Tensors& x) { return x[0].detach(); }, {leaf64({1, 2})});
      }),
      "gradcheck: no output requires grad; an input must require it and be used by the function");
}
TEST(AutogradMessage, GradcheckType) {
  EXPECT_EQ(message_of<DTypeError>([] {
              gradcheck([](const Tensors& x) { return x[0].exp(); }, {leaf({1, 2})});
            }),
            "gradcheck: input 0 is float32: differences are only meaningful in float64; make it "
            "with {.dtype = ct::float64}");
}
TEST(AutogradMessage, GradcheckInputs) {
  EXPECT_EQ(
      message_of<AutogradError>([] {
        gradcheck([](const Tensors& x) { return x[0].exp(); }, {ones({2}, {.dtype = float64})});
      }),
      "gradcheck: none of the 1 inputs requires grad; call requires_grad_() on those to check");
}
TEST(AutogradMessage, FunctionGradientShape) {
  EXPECT_EQ(message_of<ShapeError>([] {
              WrongShape::apply(leaf({1, 2})).sum().backward();
            }),
            "ct::(anonymous namespace)::WrongShape: backward returned a gradient of shape () for "
            "tensor argument 0 of shape (2); sum it to that shape");
}
TEST(AutogradMessage, GradcheckValue) {
  EXPECT_THAT(message_of<AutogradError>([] {
                gradcheck([](const Tensors& x) { return x[0].detach() * x[0]; }, {leaf64({2})});
              }),
              ::testing::MatchesRegex(
                  "gradcheck: gradients differ at input 0 element \\[0\\] \\(shape \\(1\\), value "
                  "2\\): analytic .*, numeric .*, difference .* \\(atol 1e-05, rtol 0.001\\)"));
}
TEST(AutogradMessage, RequiresGradOfIntegers) {
  EXPECT_EQ(message_of<DTypeError>([] {
              tensor({1, 2}).requires_grad_();
            }),
            "requires_grad_: only floating tensors have gradients: (2) is int64");
}
TEST(AutogradMessage, RequiresGradOfAResult) {
  EXPECT_EQ(message_of<AutogradError>([] {
              (leaf({1, 2}) * 2).requires_grad_(false);
            }),
            "requires_grad_: cannot switch off on the result of 'mul'; use detach()");
}
TEST(AutogradMessage, SetGradShape) {
  EXPECT_EQ(message_of<ShapeError>([] {
              leaf({1, 2}).set_grad(ones({3}));
            }),
            "set_grad: the gradient has shape (3): the tensor has (2)");
}
TEST(AutogradMessage, SetGradWithoutRequiring) {
  EXPECT_EQ(message_of<AutogradError>([] { ones({2}).set_grad(ones({2})); }),
            "set_grad: the tensor (2) does not require grad; call requires_grad_() first");
}
TEST(AutogradMessage, RetainGrad) {
  EXPECT_EQ(message_of<AutogradError>([] { ones({2}).retain_grad(); }),
            "retain_grad: the tensor does not require grad; no gradient will reach it");
}
TEST(AutogradMessage, RegisterPostAccumulateGradHook) {
  EXPECT_EQ(message_of<AutogradError>([] {
              (leaf({1, 2}) * 2).register_post_accumulate_grad_hook([](const Tensor&) {});
            }),
            "register_post_accumulate_grad_hook: the tensor (2) is no leaf that requires grad: no "
            "gradient is accumulated in it; use register_hook()");
}
TEST(AutogradMessage, RegisterHook) {
  EXPECT_EQ(
      message_of<AutogradError>([] { ones({2}).register_hook([](const Tensor& g) { return g; }); }),
      "register_hook: the tensor (2) does not require grad: no gradient will reach it");
}

}  // namespace
}  // namespace ct
