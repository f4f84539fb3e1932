// Chains of changes in place: a result may be changed again unless the derivative of what made it
// reads it, and then backward says so. Which derivatives those are is PyTorch's choice.
#include <gtest/gtest.h>

#include <functional>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;
using test::near;

const Tensor& other() {
  static const Tensor t = tensor({0.5, 0.25, 0.75, 1.5}, {.dtype = float64});
  return t;
}

/// One change in place; `other()` is its second operand.
struct Change {
  const char* name;
  std::function<void(Tensor&)> run;
};
void PrintTo(const Change& c, std::ostream* out) { *out << c.name; }

/// A change as `x.op_()`.
using P = PointwiseMethods;
Change by(const char* name, Tensor& (P::*op)()) {
  return {name, [op](Tensor& x) { (x.*op)(); }};
}

std::vector<Change> reading_operands() {
  return {by("neg", &P::neg_),
          by("abs", &P::abs_),
          by("sign", &P::sign_),
          by("square", &P::square_),
          by("log", &P::log_),
          by("log2", &P::log2_),
          by("log10", &P::log10_),
          by("log1p", &P::log1p_),
          by("sin", &P::sin_),
          by("cos", &P::cos_),
          by("asin", &P::asin_),
          by("acos", &P::acos_),
          by("atan", &P::atan_),
          by("sinh", &P::sinh_),
          by("cosh", &P::cosh_),
          by("asinh", &P::asinh_),
          by("atanh", &P::atanh_),
          by("erf", &P::erf_),
          by("erfc", &P::erfc_),
          by("erfinv", &P::erfinv_),
          by("lgamma", &P::lgamma_),
          by("digamma", &P::digamma_),
          by("floor", &P::floor_),
          by("frac", &P::frac_),
          {"acosh", [](Tensor& x) { x.add_(2).acosh_(); }},
          {"add", [](Tensor& x) { x.add_(other()); }},
          {"sub", [](Tensor& x) { x.sub_(other(), 3); }},
          {"mul", [](Tensor& x) { x.mul_(other()); }},
          {"div", [](Tensor& x) { x.div_(other()); }},
          {"divided_number", [](Tensor& x) { x.div_(3); }},
          {"pow", [](Tensor& x) { x.pow_(2.5); }},
          {"fmod", [](Tensor& x) { x.fmod_(other()); }},
          {"remainder", [](Tensor& x) { x.remainder_(other()); }},
          {"clamp", [](Tensor& x) { x.clamp_(0.3, 0.6); }},
          {"lerp", [](Tensor& x) { x.lerp_(other(), 0.3); }},
          {"addcmul", [](Tensor& x) { x.addcmul_(other(), other()); }},
          {"addcdiv", [](Tensor& x) { x.addcdiv_(other(), other()); }},
          {"masked_fill", [](Tensor& x) { x.masked_fill_(other() > 0.6, 2); }},
          {"index_add", [](Tensor& x) {
             x.index_add_(0, tensor({0, 2}), ones({2}, {.dtype = float64}));
           }}};
}
std::vector<Change> reading_results() {
  return {by("sqrt", &P::sqrt_), by("rsqrt", &P::rsqrt_), by("reciprocal", &P::reciprocal_),
          by("exp", &P::exp_),   by("exp2", &P::exp2_),   by("expm1", &P::expm1_),
          by("tan", &P::tan_),   by("tanh", &P::tanh_),   by("sigmoid", &P::sigmoid_),
          by("relu", &P::relu_)};
}

Tensor leaf() { return tensor({0.2, 0.5, 0.7, 0.45}, {.dtype = float64, .requires_grad = true}); }

/// The gradient of sum(w * 2 * change(x)), the factor 2 by mul_ or by another tensor.
Tensor gradient(const Change& change, bool in_place) {
  const Tensor x = leaf();
  Tensor y = x.clone();
  change.run(y);
  const Tensor twice = in_place ? y.mul_(2) : y * 2;
  (twice * other()).sum().backward();
  return x.grad();
}

class ReadsOperands : public ::testing::TestWithParam<Change> {};

TEST_P(ReadsOperands, SoItsResultMayBeChanged) {
  EXPECT_TRUE(near(gradient(GetParam(), true), gradient(GetParam(), false), 1e-14));
}

class ReadsResult : public ::testing::TestWithParam<Change> {};

TEST_P(ReadsResult, SoAChangeOfItIsReported) {
  EXPECT_EQ(message_of<AutogradError>([] { gradient(GetParam(), true); }),
            std::string(GetParam().name) +
                ": output 0, saved for backward, was modified in place (saved version 1, now 2); "
                "modify a clone() instead, or change it after backward");
}

const auto kName = [](const auto& info) { return std::string(info.param.name); };
INSTANTIATE_TEST_SUITE_P(InPlaceChain, ReadsOperands, ::testing::ValuesIn(reading_operands()),
                         kName);
INSTANTIATE_TEST_SUITE_P(InPlaceChain, ReadsResult, ::testing::ValuesIn(reading_results()), kName);

TEST(InPlaceChain, BothOperandsOfADivisionGetTheirGradients) {
  const Tensor x = leaf();
  const Tensor b = other().clone().requires_grad_();
  Tensor y = x.clone();
  y.div_(b).mul_(2).add_(1).div_(b);
  y.sum().backward();
  const Tensor x2 = leaf();
  const Tensor b2 = other().clone().requires_grad_();
  ((x2 / b2 * 2 + 1) / b2).sum().backward();
  EXPECT_TRUE(near(x.grad(), x2.grad(), 1e-14));
  EXPECT_TRUE(near(b.grad(), b2.grad(), 1e-14));
}

/// Changes whose operands are the tensor itself, or parts of it.
std::vector<Change> of_itself() {
  const auto mask = tensor({true, false, true, true});
  return {{"add", [](Tensor& x) { x.add_(x, 3); }},
          {"mul", [](Tensor& x) { x.mul_(x); }},
          {"div", [](Tensor& x) { x.mul_(x).add_(1).div_(x); }},
          {"pow", [](Tensor& x) { x.pow_(x); }},
          {"mul_by_a_view", [](Tensor& x) { x.mul_(x.view({4})); }},
          {"mul_by_its_reverse", [](Tensor& x) { x.mul_(x.flip({0})); }},
          {"mul_part_by_part",
           [](Tensor& x) {
             x.narrow(0, 0, 2).mul_(x.narrow(0, 2, 2));
             x.narrow(0, 1, 3).mul_(x.narrow(0, 0, 3));
           }},
          {"mul_by_its_element", [](Tensor& x) { x.mul_(x.select(0, 1)); }},
          {"lerp", [](Tensor& x) { x.lerp_(x, x); }},
          {"lerp_by_itself", [](Tensor& x) { x.lerp_(other(), x); }},
          {"addcmul", [](Tensor& x) { x.addcmul_(x, x, 2); }},
          {"addcdiv", [](Tensor& x) { x.addcdiv_(other(), x); }},
          {"copy_part", [](Tensor& x) { x.narrow(0, 0, 3).copy_(x.narrow(0, 1, 3)); }},
          {"index_add",
           [](Tensor& x) {
             x.index_add_(0, tensor({0, 2}), x.narrow(0, 1, 2));
           }},
          {"index_copy",
           [](Tensor& x) {
             x.index_copy_(0, tensor({0, 2}), x.narrow(0, 1, 2));
           }},
          {"index_put",
           [](Tensor& x) {
             x.index_put_({tensor({0, 2})}, x.narrow(0, 1, 2));
           }},
          {"index_put_sum",
           [](Tensor& x) {
             x.index_put_({tensor({0, 0})}, x.narrow(0, 1, 2), true);
           }},
          {"scatter",
           [](Tensor& x) {
             x.scatter_(0, tensor({1, 3}), x.narrow(0, 0, 2));
           }},
          {"scatter_add",
           [](Tensor& x) {
             x.scatter_add_(0, tensor({1, 1, 3}), x.narrow(0, 0, 3));
           }},
          {"scatter_prod",
           [](Tensor& x) {
             x.scatter_reduce_(0, tensor({1, 1}), x.narrow(0, 2, 2), "prod");
           }},
          {"masked_scatter", [mask](Tensor& x) { x.masked_scatter_(mask, x.narrow(0, 1, 3)); }},
          {"masked_fill", [mask](Tensor& x) { x.masked_fill_(mask, x.select(0, 1)); }},
          {"clamp", [](Tensor& x) { x.clamp_(x.select(0, 0), x.select(0, 2)); }}};
}

class OfItself : public ::testing::TestWithParam<Change> {};

TEST_P(OfItself, HasItsGradients) {
  const auto changed = [](const Tensors& in) {
    Tensor y = in[0] * 1.5;
    GetParam().run(y);
    return y * other();
  };
  EXPECT_TRUE(gradcheck(changed, {leaf()}));
  EXPECT_TRUE(gradgradcheck(changed, {leaf()}));
}
INSTANTIATE_TEST_SUITE_P(InPlaceChain, OfItself, ::testing::ValuesIn(of_itself()), kName);

TEST(InPlaceChain, AFilledTensorPassesZerosOn) {
  const Tensor x = leaf();
  EXPECT_TRUE(near((x * 1).fill_(2), {2, 2, 2, 2}, 0));
  EXPECT_TRUE(near(grad({(x * 1).zero_().sum()}, {x})[0], {0, 0, 0, 0}, 0));
  Tensor y = x * 1;
  y.narrow(0, 1, 2).fill_(3);
  EXPECT_TRUE(near(grad({y.sum()}, {x})[0], {1, 0, 0, 1}, 0));
}

TEST(InPlaceChain, ResultsOfActivationsMayBeChanged) {
  using Function = Tensor (*)(const Tensor&);
  const std::pair<const char*, Function> functions[] = {
      {"relu6", relu6},
      {"leaky_relu", [](const Tensor& x) { return leaky_relu(x); }},
      {"elu", [](const Tensor& x) { return elu(x); }},
      {"selu", selu},
      {"celu", [](const Tensor& x) { return celu(x); }},
      {"gelu", [](const Tensor& x) { return gelu(x); }},
      {"silu", silu},
      {"mish", mish},
      {"softplus", [](const Tensor& x) { return softplus(x); }},
      {"softsign", softsign},
      {"hardtanh", [](const Tensor& x) { return hardtanh(x); }},
      {"hardsigmoid", hardsigmoid},
      {"hardswish", hardswish},
      {"hardshrink", [](const Tensor& x) { return hardshrink(x); }},
      {"softshrink", [](const Tensor& x) { return softshrink(x); }},
      {"tanhshrink", tanhshrink},
      {"logsigmoid", logsigmoid},
      {"threshold", [](const Tensor& x) { return threshold(x, 0.3, 0.1); }},
      {"logit", [](const Tensor& x) { return logit(x); }},
      {"atan2", [](const Tensor& x) { return atan2(x, x); }},
      {"maximum", [](const Tensor& x) { return maximum(x, other()); }},
      {"fmin", [](const Tensor& x) { return fmin(x, other()); }},
      {"logaddexp", [](const Tensor& x) { return logaddexp(x, x); }},
      {"cumsum", [](const Tensor& x) { return cumsum(x, 0); }},
      {"cummax", [](const Tensor& x) { return cummax(x, 0).first; }},
      {"var", [](const Tensor& x) { return var(x); }},
      {"rdiv", [](const Tensor& x) { return 2 / x; }}};
  for (const auto& [name, f] : functions) {
    const Tensor x = leaf();
    Tensor y = f(x);
    y.mul_(2);
    y.sum().backward();
    const Tensor plain = leaf();
    (f(plain) * 2).sum().backward();
    EXPECT_TRUE(near(x.grad(), plain.grad(), 1e-14)) << name;
  }
}

}  // namespace
}  // namespace ct
