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
  unary("tanh", tanh, -3, 3);
  unary("sigmoid", sigmoid, -5, 5);
  unary("erf", erf, -3, 3);
  unary("relu", relu, -2, 2, kElementwise32);
  unary("silu", silu, -5, 5);
  unary("softplus", softplus, -5, 5);
  add_case({"gelu", {{3, 37}}, [](Inputs x) { return gelu(x[0]); }, -3, 3, kTranscendental32});
  add_case({"gelu/tanh",
            {{3, 37}},
            [](Inputs x) { return gelu(x[0], GeluApproximation::tanh); },
            -3,
            3,
            kTranscendental32});
  add_case({"leaky_relu", {{5, 9}}, [](Inputs x) { return leaky_relu(x[0], 0.3); }});
  add_case({"elu", {{5, 9}}, [](Inputs x) { return elu(x[0], 1.5); }, -2, 2, kTranscendental32});
  add_case({"clamp", {{5, 9}}, [](Inputs x) { return clamp(x[0], -0.51, 0.77); }});
  add_case({"clamp/low", {{5, 9}}, [](Inputs x) { return clamp(x[0], 0.123); }});
  for (const auto& [name, op] :
       {std::pair{"floor", &floor}, std::pair{"ceil", &ceil}, std::pair{"round", &round},
        std::pair{"trunc", &trunc}, std::pair{"sign", &sign}}) {
    add_case({name, {{5, 9}}, [op = op](Inputs x) { return op(x[0]); }});
    cases.back().differentiable = false;
  }
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
  add_case({"dropout", {{5, 9}}, [](Inputs x) {
              Generator g(7);
              return dropout(x[0], 0.4, true, &g);
            }});
  // The mask is a function of the dtype's own draw, so only gradients can be compared across
  // dtypes.
  cases.back().tolerance = INFINITY;
}

}  // namespace ct::test
