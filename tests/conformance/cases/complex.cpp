// Complex numbers: inputs are real and imaginary parts, results are shown by their parts.
#include "customtensor/ops/complex.hpp"

#include "conformance/op_cases.hpp"

namespace ct::test {

namespace {

using Inputs = const Tensors&;

/// The number whose parts are inputs 2 i and 2 i + 1.
Tensor z(Inputs x, size_t i = 0) { return complex(x[2 * i], x[2 * i + 1]); }

Tensor parts(const Tensor& y) { return is_complex(y.dtype()) ? view_as_real(y) : y; }

}  // namespace

void add_complex_cases(std::vector<OpCase>& cases) {
  const auto row = [&](const char* name, std::vector<Shape> shapes,
                       std::function<Tensor(Inputs)> run, double low = -2.0, double high = 2.0) {
    cases.push_back({.name = name,
                     .shapes = std::move(shapes),
                     .run = [run = std::move(run)](Inputs x) { return parts(run(x)); },
                     .low = low,
                     .high = high,
                     .tolerance = kTranscendental32,
                     .half = false});
  };
  const std::vector<Shape> one = {{3, 4}, {3, 4}}, two = {{3, 4}, {3, 4}, {4}, {4}};
  row("complex", {{3, 4}, {4}}, [](Inputs x) { return square(z(x)); });
  row(
      "polar", {{3, 4}, {4}}, [](Inputs x) { return square(polar(x[0], x[1])); }, 0.2, 2.0);
  row("real", one, [](Inputs x) { return square(real(square(z(x)))); });
  row("imag", one, [](Inputs x) { return square(imag(square(z(x)))); });
  row("conj", one, [](Inputs x) { return conj(z(x)) * square(z(x)); });
  row(
      "angle", one, [](Inputs x) { return angle(z(x)); }, 0.3, 2.0);
  row("view_as_real", one, [](Inputs x) { return square(view_as_real(z(x))); });
  row("view_as_complex", one, [](Inputs x) {
    return square(view_as_complex(stack({x[0], x[1]}, -1)));
  });
  row(
      "abs/complex", one, [](Inputs x) { return abs(z(x)); }, 0.3, 2.0);
  row("neg/complex", one, [](Inputs x) { return square(-z(x)); });
  row("add/complex", two, [](Inputs x) { return square(z(x) + z(x, 1)); });
  row("add/complex and real", {{3, 4}, {3, 4}, {4}}, [](Inputs x) { return square(z(x) + x[2]); });
  row("sub/complex", two, [](Inputs x) { return square(z(x) - z(x, 1)); });
  row("mul/complex", two, [](Inputs x) { return z(x) * z(x, 1); });
  row("mul/real and complex", {{3, 4}, {3, 4}, {4}}, [](Inputs x) { return x[2] * z(x); });
  row(
      "div/complex", two, [](Inputs x) { return z(x) / z(x, 1); }, 0.3, 2.0);
  row(
      "reciprocal/complex", one, [](Inputs x) { return reciprocal(z(x)); }, 0.3, 2.0);
  row("square/complex", one, [](Inputs x) { return square(z(x)); });
  row("exp/complex", one, [](Inputs x) { return exp(z(x)); });
  row(
      "log/complex", one, [](Inputs x) { return log(z(x)); }, 0.3, 2.0);
  row(
      "sqrt/complex", one, [](Inputs x) { return sqrt(z(x)); }, 0.3, 2.0);
  row(
      "rsqrt/complex", one, [](Inputs x) { return rsqrt(z(x)); }, 0.3, 2.0);
  row(
      "pow/complex", one, [](Inputs x) { return pow(z(x), 1.5); }, 0.3, 2.0);
  row(
      "pow/complex exponents", two, [](Inputs x) { return pow(z(x), z(x, 1)); }, 0.3, 1.5);
  row("sin/complex", one, [](Inputs x) { return sin(z(x)); });
  row("cos/complex", one, [](Inputs x) { return cos(z(x)); });
  row(
      "tan/complex", one, [](Inputs x) { return tan(z(x)); }, 0.1, 0.7);
  row("sinh/complex", one, [](Inputs x) { return sinh(z(x)); });
  row("cosh/complex", one, [](Inputs x) { return cosh(z(x)); });
  row(
      "tanh/complex", one, [](Inputs x) { return tanh(z(x)); }, 0.1, 0.7);
  row(
      "sigmoid/complex", one, [](Inputs x) { return sigmoid(z(x)); }, -1.0, 1.0);
  row("sum/complex", one, [](Inputs x) { return square(z(x).sum({0})); });
  row("mean/complex", one, [](Inputs x) { return square(z(x).mean({1}, true)); });
  row("prod/complex", one, [](Inputs x) { return prod(z(x), {0}); });
  row("cumsum/complex", one, [](Inputs x) { return square(cumsum(z(x), 1)); });
  row("matmul/complex", {{2, 3, 4}, {2, 3, 4}, {4, 2}, {4, 2}},
      [](Inputs x) { return matmul(z(x), z(x, 1)); });
  row("index_select/complex", one, [](Inputs x) {
    return square(z(x).index_select(1, tensor({2, 0, 2}).to(x[0].device())));
  });
  row("index/complex", one, [](Inputs x) {
    return square(z(x).index({Ellipsis, tensor({2, 0, 2}).to(x[0].device())}));
  });
  row("index_put/complex", two, [](Inputs x) {
    return square(z(x)).index_put({tensor({2, 0}).to(x[0].device())}, z(x, 1), true);
  });
  row("where/complex", two,
      [](Inputs x) { return square(where(x[0].detach() > 0.0, z(x), z(x, 1))); });
  row("cat/complex", two, [](Inputs x) { return square(cat({z(x), z(x, 1).unsqueeze(0)})); });
  row("copy_/complex", two, [](Inputs x) {
    Tensor y = square(z(x));
    y.select(0, 1).copy_(z(x, 1));
    return square(y);
  });
  row("add_/complex", two, [](Inputs x) {
    Tensor y = square(z(x));
    real(y).mul_(x[0]);
    y.mul_(z(x, 1));
    return y;
  });
  cases.push_back({"to/complex", {{3, 4}}, [](Inputs x) {
                     const Tensor y = x[0].to(x[0].dtype() == float64 ? complex128 : complex64);
                     return real(y * y).to(x[0].dtype());
                   }});
}

}  // namespace ct::test
