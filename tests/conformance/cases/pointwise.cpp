// Elementwise ops.
#include <cmath>

#include "conformance/op_cases.hpp"

namespace ct::test {

namespace {
using Inputs = const Tensors&;
}  // namespace

void add_pointwise_cases(std::vector<OpCase>& cases) {
  const auto add_case = [&](OpCase c) { cases.push_back(std::move(c)); };

  const auto unary = [&](const char* name, Tensor (*op)(const Tensor&), double low, double high,
                         double tolerance = kTranscendental32) {
    add_case({name, {{3, 5, 7}}, [op](Inputs x) { return op(x[0]); }, low, high, tolerance});
  };
  unary("neg", neg, -2, 2, kElementwise32);
  unary("abs", abs, -2, 2, kElementwise32);
  unary("square", square, -2, 2, kElementwise32);
  unary("sqrt", sqrt, 0.1, 4);
  unary("rsqrt", rsqrt, 0.1, 4);
  unary("reciprocal", reciprocal, 0.2, 3);
  unary("exp", exp, -3, 3);
  unary("expm1", expm1, -3, 3);
  unary("log", log, 0.1, 5);
  unary("log1p", log1p, -0.8, 5);
  unary("sin", sin, -6, 6);
  unary("cos", cos, -6, 6);
  unary("exp2", exp2, -3, 3);
  unary("log2", log2, 0.1, 5);
  unary("log10", log10, 0.1, 5);
  unary("tan", tan, -1.2, 1.2);
  unary("asin", asin, -0.9, 0.9);
  unary("acos", acos, -0.9, 0.9);
  unary("atan", atan, -3, 3);
  unary("sinh", sinh, -3, 3);
  unary("cosh", cosh, -3, 3);
  unary("tanh", tanh, -3, 3);
  unary("asinh", asinh, -3, 3);
  unary("acosh", acosh, 1.1, 5);
  unary("atanh", atanh, -0.9, 0.9);
  unary("sigmoid", sigmoid, -5, 5);
  unary("erf", erf, -3, 3);
  unary("erfc", erfc, -3, 3);
  unary("erfinv", erfinv, -0.9, 0.9);
  unary("lgamma", lgamma, 0.3, 5);
  unary("lgamma/negative", lgamma, -1.9, -1.1);
  unary("digamma", digamma, 0.5, 5);
  unary("digamma/negative", digamma, -1.8, -1.2);
  unary("frac", frac, -2, 2, kElementwise32);
  const auto add_unary = [&](const char* name, auto run, double low, double high) {
    add_case(
        {name, {{3, 5, 7}}, [run](Inputs x) { return run(x[0]); }, low, high, kTranscendental32});
  };
  add_unary(
      "logit", [](const Tensor& x) { return logit(x); }, 0.05, 0.95);
  add_unary(
      "logit/eps", [](const Tensor& x) { return logit(x, 0.2); }, 0.05, 0.95);
  add_unary(
      "polygamma/1", [](const Tensor& x) { return polygamma(1, x); }, 0.8, 5);
  add_unary(
      "polygamma/2", [](const Tensor& x) { return x.polygamma(2); }, 1.0, 5);
  add_unary(
      "polygamma/negative", [](const Tensor& x) { return polygamma(1, x); }, -1.7, -1.3);
  add_unary(
      "nan_to_num",
      [](const Tensor& x) { return nan_to_num(where(x.detach() > 1, INFINITY, x), 0.0, 9.0); }, -2,
      2);
  add_case({"clamp", {{5, 9}}, [](Inputs x) { return clamp(x[0], -0.51, 0.77); }});
  add_case({"clamp/low", {{5, 9}}, [](Inputs x) { return clamp(x[0], 0.123); }});
  for (const auto& [name, op] :
       {std::pair{"floor", &floor}, std::pair{"ceil", &ceil}, std::pair{"round", &round},
        std::pair{"trunc", &trunc}, std::pair{"sign", &sign}}) {
    add_case({name, {{5, 9}}, [op = op](Inputs x) { return op(x[0]); }});
    cases.back().differentiable = false;
  }
  const Shape small{5, 9};
  add_case({"clamp/tensors", {small, {9}, {5, 1}}, [](Inputs x) {
              return clamp(x[0], x[1] * 0.3, x[2] * 0.3 + 0.9);
            }});
  add_case(
      {"clamp/high_tensor", {small, {9}}, [](Inputs x) { return clamp(x[0], Tensor(), x[1]); }});
  add_case(
      {"pow/base", {small}, [](Inputs x) { return pow(2.5, x[0]); }, -2, 2, kTranscendental32});
  add_case({"pow/3", {{5, 9}}, [](Inputs x) { return x[0].pow(3); }});
  add_case(
      {"pow/2.5", {{5, 9}}, [](Inputs x) { return x[0].pow(2.5); }, 0.2, 3, kTranscendental32});
  add_case({"mul/scalar", {{5, 9}}, [](Inputs x) { return 2.5 * x[0]; }});
  add_case({"sub/from_scalar", {{5, 9}}, [](Inputs x) { return 1.0 - x[0]; }});
  add_case({"div/of_scalar", {{5, 9}}, [](Inputs x) { return 3.0 / x[0]; }, 0.3, 3});
  add_case({"div/scalar", {{5, 9}}, [](Inputs x) { return x[0] / 3.0; }});

  // Elementwise, two and three operands, with every kind of broadcasting.
  const auto binary = [&](const char* name, Tensor (*op)(const Tensor&, const Tensor&), double low,
                          double high) {
    const std::pair<const char*, std::vector<Shape>> kinds[] = {{"", {{3, 5, 7}, {3, 5, 7}}},
                                                                {"/row", {{3, 5, 7}, {7}}},
                                                                {"/column", {{3, 5, 7}, {5, 1}}},
                                                                {"/outer", {{4, 1, 6}, {3, 1}}},
                                                                {"/number", {{3, 4}, {}}}};
    for (const auto& [suffix, shapes] : kinds) {
      add_case({std::string(name) + suffix, shapes, [op](Inputs x) { return op(x[0], x[1]); }, low,
                high, kTranscendental32});
    }
  };
  binary(
      "add", [](const Tensor& a, const Tensor& b) { return add(a, b); }, -2, 2);
  binary(
      "sub", [](const Tensor& a, const Tensor& b) { return sub(a, b); }, -2, 2);
  binary(
      "mul", [](const Tensor& a, const Tensor& b) { return mul(a, b); }, -2, 2);
  binary(
      "div", [](const Tensor& a, const Tensor& b) { return div(a, b); }, 0.3, 2);
  binary(
      "pow", [](const Tensor& a, const Tensor& b) { return pow(a, b); }, 0.3, 2);
  binary("maximum", maximum, -2, 2);
  binary("minimum", minimum, -2, 2);
  binary(
      "remainder", [](const Tensor& a, const Tensor& b) { return remainder(a, b); }, 0.3, 2);
  binary(
      "fmod", [](const Tensor& a, const Tensor& b) { return fmod(a, b); }, 0.3, 2);
  binary("fmax", fmax, -2, 2);
  binary("fmin", fmin, -2, 2);
  binary("atan2", atan2, -2, 2);
  binary("hypot", hypot, -2, 2);
  binary("logaddexp", logaddexp, -2, 2);
  add_case({"remainder/signs", {small, small}, [](Inputs x) { return remainder(x[0], x[1]); }});
  add_case({"remainder/scalar", {small}, [](Inputs x) { return x[0] % -0.7; }});
  add_case({"remainder/of_scalar", {small}, [](Inputs x) { return 3.1 % x[0]; }, 0.3, 3});
  add_case({"fmod/scalar", {small}, [](Inputs x) { return fmod(x[0], -0.7); }});
  add_case({"lerp/scalar", {small, small}, [](Inputs x) { return lerp(x[0], x[1], 0.3); }});
  add_case({"lerp/beyond", {small, small}, [](Inputs x) { return lerp(x[0], x[1], 1.7); }});
  add_case({"lerp", {small, {9}, {5, 1}}, [](Inputs x) { return lerp(x[0], x[1], x[2]); }});
  add_case(
      {"addcmul", {small, {9}, {5, 1}}, [](Inputs x) { return addcmul(x[0], x[1], x[2], 0.7); }});
  add_case({"addcdiv",
            {small, {9}, {5, 1}},
            [](Inputs x) { return addcdiv(x[0], x[1], x[2], 0.7); },
            0.4,
            2});
  add_case({"where/scalar", {small}, [](Inputs x) { return where(x[0].detach() > 0, x[0], 0.5); }});
  add_case({"where/scalar_first", {small}, [](Inputs x) {
              return where(x[0].detach() > 0, 0.5, x[0]);
            }});

  // Results without a gradient: rounded, bool or whole, as numbers of the input's dtype.
  const auto flat = [&](const char* name, auto run) {
    add_case({name, {small, small}, [run](Inputs x) { return run(x[0], x[1]).to(x[0].dtype()); }});
    cases.back().differentiable = false;
  };
  using In = const Tensor&;
  flat("div/floor", [](In a, In b) { return div(a, b, RoundingMode::floor); });
  flat("div/trunc", [](In a, In b) { return div(a, b, RoundingMode::trunc); });
  flat("div/floor_scalar", [](In a, In) { return div(a, -0.3, RoundingMode::floor); });
  flat("div/trunc_of_scalar", [](In a, In) { return div(2.9, a, RoundingMode::trunc); });
  flat("floor_divide", [](In a, In b) { return floor_divide(a, b); });
  flat("floor_divide/scalar", [](In a, In) { return floor_divide(a, 0.3); });
  flat("eq", [](In a, In b) { return eq(round(a), round(b)); });
  flat("ne", [](In a, In b) { return ne(round(a), round(b)); });
  flat("lt", [](In a, In b) { return lt(a, b); });
  flat("le", [](In a, In b) { return le(a, b); });
  flat("gt", [](In a, In b) { return gt(a, b); });
  flat("ge", [](In a, In b) { return ge(a, b); });
  flat("isnan", [](In a, In b) { return isnan(log(a) + b); });
  flat("isinf", [](In a, In b) { return isinf(b / trunc(a)); });
  flat("isposinf", [](In a, In b) { return isposinf(b / trunc(a)); });
  flat("isneginf", [](In a, In b) { return isneginf(b / trunc(a)); });
  flat("isfinite", [](In a, In b) { return isfinite(b / trunc(a)); });
  flat("logical_not", [](In a, In) { return logical_not(trunc(a)); });
  flat("logical_and", [](In a, In b) { return logical_and(trunc(a), trunc(b)); });
  flat("logical_or", [](In a, In b) { return logical_or(trunc(a), trunc(b)); });
  flat("logical_xor", [](In a, In b) { return logical_xor(trunc(a), trunc(b)); });
  const auto whole = [](In x) { return (x * 32.0).to(int32); };
  flat("bitwise_not", [whole](In a, In) { return bitwise_not(whole(a)); });
  flat("bitwise_and", [whole](In a, In b) { return bitwise_and(whole(a), whole(b)); });
  flat("bitwise_or", [whole](In a, In b) { return bitwise_or(whole(a), whole(b)); });
  flat("bitwise_xor", [whole](In a, In b) { return bitwise_xor(whole(a), whole(b)); });
  flat("bitwise_left_shift",
       [whole](In a, In b) { return bitwise_left_shift(whole(a), whole(b).remainder(4)); });
  flat("bitwise_right_shift", [whole](In a, In b) { return whole(a) >> whole(b).abs() % 6; });

  add_case({"add/alpha", {{5, 9}, {5, 9}}, [](Inputs x) { return add(x[0], x[1], 0.5); }});
  add_case({"where", {{5, 9}, {5, 9}, {9}}, [](Inputs x) {
              return where(x[2].detach() > 0, x[0], x[1]);
            }});
  add_case({"pointwise/chain", {{5, 9}, {9}, {5, 1}}, [](Inputs x) {
              static const ProgramPtr p = [] {
                PointwiseBuilder b("chain", 3);
                b.output(b.apply(Opcode::relu, b.input(0) * 2.0 + b.input(1)) * b.input(2));
                return b.build();
              }();
              return pointwise(p, {x[0], x[1], x[2]});
            }});
}

}  // namespace ct::test
