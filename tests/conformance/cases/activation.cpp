// Activations.
#include <cmath>

#include "conformance/op_cases.hpp"

namespace ct::test {

namespace {
using Inputs = const Tensors&;
}  // namespace

void add_activation_cases(std::vector<OpCase>& cases) {
  const auto add_case = [&](OpCase c) { cases.push_back(std::move(c)); };
  const auto unary = [&](const char* name, auto run, double low, double high,
                         double tolerance = kTranscendental32) {
    add_case({name, {{3, 5, 7}}, [run](Inputs x) { return run(x[0]); }, low, high, tolerance});
  };
  using In = const Tensor&;
  unary("relu", relu, -2, 2, kElementwise32);
  unary("relu6", relu6, -2, 8, kElementwise32);
  unary("silu", silu, -5, 5);
  unary("mish", mish, -5, 5);
  unary("selu", selu, -5, 5);
  unary("softsign", softsign, -5, 5);
  unary("logsigmoid", logsigmoid, -5, 5);
  unary("tanhshrink", tanhshrink, -2, 2);
  unary("hardsigmoid", hardsigmoid, -5, 5, kElementwise32);
  unary("hardswish", hardswish, -5, 5, kElementwise32);
  unary(
      "softplus", [](In x) { return softplus(x); }, -5, 5);
  unary(
      "softplus/beta", [](In x) { return softplus(x, 0.7, 2.0); }, -5, 5);
  unary(
      "elu", [](In x) { return elu(x, 1.5); }, -2, 2);
  unary(
      "celu", [](In x) { return celu(x, 1.5); }, -2, 2);
  unary(
      "leaky_relu", [](In x) { return leaky_relu(x, 0.3); }, -2, 2, kElementwise32);
  unary(
      "hardtanh", [](In x) { return hardtanh(x, -0.77, 1.23); }, -2, 2, kElementwise32);
  unary(
      "hardshrink", [](In x) { return hardshrink(x, 0.77); }, -2, 2, kElementwise32);
  unary(
      "softshrink", [](In x) { return softshrink(x, 0.77); }, -2, 2, kElementwise32);
  unary(
      "threshold", [](In x) { return threshold(x, 0.23, -3.0); }, -2, 2, kElementwise32);
  add_case({"prelu", {{3, 5, 7}, {5}}, [](Inputs x) { return prelu(x[0], x[1]); }});
  add_case({"prelu/one", {{4, 6}, {1}}, [](Inputs x) { return prelu(x[0], x[1]); }});
  add_case({"glu", {{3, 8}}, [](Inputs x) { return glu(x[0]); }, -3, 3, kTranscendental32});
  add_case(
      {"glu/axis", {{3, 4, 5}}, [](Inputs x) { return glu(x[0], 1); }, -3, 3, kTranscendental32});
  add_case({"gelu", {{3, 37}}, [](Inputs x) { return gelu(x[0]); }, -3, 3, kTranscendental32});
  add_case({"gelu/tanh",
            {{3, 37}},
            [](Inputs x) { return gelu(x[0], GeluApproximation::tanh); },
            -3,
            3,
            kTranscendental32});
  add_case({"dropout", {{5, 9}}, [](Inputs x) {
              Generator g(7);
              return dropout(x[0], 0.4, true, &g);
            }});
  // The mask is a function of the dtype's own draw, so only gradients can be compared across
  // dtypes.
  cases.back().tolerance = INFINITY;
}

}  // namespace ct::test
