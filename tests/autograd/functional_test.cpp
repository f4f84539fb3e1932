// vjp, jvp, jacobian, hessian against derivatives by hand and against each other.
#include <gtest/gtest.h>

#include "customtensor/autograd_functional.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;
using test::near;

const TensorOptions kF64{.dtype = float64};
Tensor values(std::initializer_list<double> v) { return tensor(std::vector<double>(v)); }

Tensors two_results(const Tensors& x) { return {x[0] * x[1], x[0].square().sum()}; }

TEST(Vjp, GivesOutputsAndGradients) {
  const auto [outputs, product] = autograd::vjp(two_results, {values({1, 2}), values({3, 4})},
                                                {values({1, 10}), full({}, 2, kF64)});
  EXPECT_TRUE(near(outputs[0], {3, 8}, 0));
  EXPECT_TRUE(near(outputs[1], {5}, 0));
  EXPECT_TRUE(near(product[0], {3 + 4, 40 + 8}, 0));
  EXPECT_TRUE(near(product[1], {1, 20}, 0));
  EXPECT_FALSE(product[0].requires_grad());
  EXPECT_FALSE(outputs[0].requires_grad());
}
TEST(Vjp, AnUnusedInputGetsZeros) {
  const auto r = autograd::vjp([](const Tensors& x) { return Tensors{x[0].sum()}; },
                               {values({1}), values({2, 3})});
  EXPECT_TRUE(near(r.product[1], {0, 0}, 0));
}
TEST(Vjp, WorksInsideANoGradGuard) {
  const NoGradGuard off;
  const auto r =
      autograd::vjp([](const Tensors& x) { return Tensors{x[0].square().sum()}; }, {values({3})});
  EXPECT_TRUE(near(r.product[0], {6}, 0));
}
TEST(Vjp, LeavesTheInputsAsTheyWere) {
  Tensor x = values({1, 2});
  x.requires_grad_();
  autograd::vjp([](const Tensors& in) { return Tensors{in[0].sum()}; }, {x});
  EXPECT_FALSE(x.grad().defined());
}
TEST(Jvp, IsTheDerivativeAlongADirection) {
  const auto [outputs, product] = autograd::jvp(two_results, {values({1, 2}), values({3, 4})},
                                                {values({1, 0}), values({0, 1})});
  EXPECT_TRUE(near(outputs[0], {3, 8}, 0));
  EXPECT_TRUE(near(product[0], {3, 2}, 0));
  EXPECT_TRUE(near(product[1], {2}, 0));
}
TEST(Jvp, AgreesWithTheJacobian) {
  const auto fn = [](const Tensor& x) { return matmul(x.sin(), x.t().exp()); };
  Generator g(4);
  const Tensor x = randn({3, 2}, kF64, &g);
  const Tensor v = randn({3, 2}, kF64, &g);
  const Tensor j = autograd::jacobian(fn, x);
  EXPECT_EQ(j.shape(), (Shape{3, 3, 3, 2}));
  const auto r = autograd::jvp([&](const Tensors& in) { return Tensors{fn(in[0])}; }, {x}, {v});
  EXPECT_TRUE(near(r.product[0], (j * v).sum({2, 3}), 1e-12));
}
TEST(Jvp, OfAConstantIsZero) {
  const auto r = autograd::jvp([](const Tensors&) { return Tensors{ones({2}, kF64)}; },
                               {values({1})}, {values({1})});
  EXPECT_TRUE(near(r.product[0], {0, 0}, 0));
}
TEST(Jacobian, HasARowForEachOutputElement) {
  const auto j = autograd::jacobian(two_results, {values({1, 2}), values({3, 4})});
  EXPECT_TRUE(near(j[0][0], {3, 0, 0, 4}, 0));
  EXPECT_TRUE(near(j[0][1], {1, 0, 0, 2}, 0));
  EXPECT_TRUE(near(j[1][0], {2, 4}, 0));
  EXPECT_TRUE(near(j[1][1], {0, 0}, 0));
  EXPECT_EQ(j[1][1].shape(), (Shape{2}));
}
TEST(Jacobian, CanBeDifferentiatedItself) {
  Tensor x = values({1, 2});
  x.requires_grad_();
  const Tensor j =
      autograd::jacobian([](const Tensor& in) { return in.pow(3); }, x, {.create_graph = true});
  j.sum().backward();
  EXPECT_TRUE(near(x.grad(), {6, 12}, 1e-12));
}
TEST(Hessian, IsTheMatrixOfSecondDerivatives) {
  const Tensor h = autograd::hessian(
      [](const Tensor& x) { return x.select(0, 0).square() * x.select(0, 1); }, values({3, 5}));
  EXPECT_TRUE(near(h, {10, 6, 6, 0}, 1e-12));
}
TEST(Hessian, HasABlockForEachPairOfInputs) {
  const auto h = autograd::hessian([](const Tensors& x) { return Tensors{dot(x[0], x[1])}; },
                                   {values({1, 2}), values({3, 4})});
  EXPECT_TRUE(near(h[0][0], {0, 0, 0, 0}, 0));
  EXPECT_TRUE(near(h[0][1], {1, 0, 0, 1}, 0));
  EXPECT_TRUE(near(h[1][0], {1, 0, 0, 1}, 0));
}
TEST(FunctionalErrors, SayWhatDoesNotFit) {
  EXPECT_EQ(message_of<ValueError>([] {
              autograd::vjp(two_results, {values({1}), values({1})});
            }),
            "vjp: v has 0 tensors: there are 2 outputs; pass one for each");
  EXPECT_EQ(message_of<ShapeError>([] {
              autograd::jvp(two_results, {values({1}), values({1})}, {values({1}), values({1, 2})});
            }),
            "jvp: v 1 has shape (2): input 1 has (1)");
  EXPECT_EQ(message_of<DTypeError>([] { autograd::jacobian(two_results, {tensor({1})}); }),
            "jacobian: input 0 is int64: only floating tensors have derivatives");
  EXPECT_EQ(message_of<ValueError>([] {
              autograd::hessian([](const Tensor& x) { return x * x; }, values({1, 2}));
            }),
            "hessian: the function gave 1 tensors, the first of shape (2): it must give one of one "
            "element");
}

TEST(Anomaly, NamesTheOpThatMadeTheNaN) {
  Tensor x = zeros({2, 3}, {.requires_grad = true});
  const Tensor y = (x * 0.0).sqrt() * 0.0;  // 0 * inf in sqrt's derivative
  const AnomalyGuard look;
  EXPECT_EQ(message_of<AutogradError>([&] { y.sum().backward(); }),
            "backward: 'sqrt' made a NaN gradient for its input 0 of shape (2, 3), which is the "
            "result of 'mul': 6 of 6 elements");
}
TEST(Anomaly, SaysIfTheNaNCameFromOutside) {
  Tensor x = ones({2}, {.requires_grad = true});
  const Tensor y = x * 2;
  const AnomalyGuard look;
  const std::string message = message_of<AutogradError>([&] { y.backward(full({2}, NAN)); });
  EXPECT_NE(message.find("'mul'"), std::string::npos) << message;
  EXPECT_NE(message.find("had NaN already"), std::string::npos) << message;
}
TEST(Anomaly, LooksOnlyWhileTheGuardLives) {
  {
    const AnomalyGuard look;
    EXPECT_TRUE(anomaly_detection());
  }
  EXPECT_FALSE(anomaly_detection());
  Tensor x = zeros({2}, {.requires_grad = true});
  (x.sqrt() * 0.0).sum().backward();
  EXPECT_TRUE(std::isnan(x.grad().to_vector<float>()[0]));
}

}  // namespace
}  // namespace ct
