// Activations: the formula as a program; its derivative follows from it.
#include "customtensor/ops/activation.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "ops/apply.hpp"

namespace ct {

using ops::apply;

namespace {
/// Builds a program once from its formula.
template <class F>
ProgramPtr program(const char* name, int scalars, F formula) {
  PointwiseBuilder b(name, 1, scalars);
  b.output(formula(b, b.input(0)));
  return b.build();
}
using Value = PointwiseValue;
using Builder = PointwiseBuilder;
}  // namespace

Tensor relu(const Tensor& x) { return apply("relu", program_of(Opcode::relu), {&x}); }
Tensor sigmoid(const Tensor& x) { return apply("sigmoid", program_of(Opcode::sigmoid), {&x}); }
Tensor tanh(const Tensor& x) { return apply("tanh", program_of(Opcode::tanh), {&x}); }
Tensor Tensor::relu() const { return ct::relu(*this); }
Tensor Tensor::sigmoid() const { return ct::sigmoid(*this); }
Tensor Tensor::tanh() const { return ct::tanh(*this); }

Tensor leaky_relu(const Tensor& x, double negative_slope) {
  static const ProgramPtr p = program("leaky_relu", 1, [](Builder& b, Value v) {
    return b.apply(Opcode::select, b.apply(Opcode::gt, v, 0.0), v, v * b.scalar(0));
  });
  return apply("leaky_relu", p, {&x}, {negative_slope});
}

Tensor silu(const Tensor& x) {
  static const ProgramPtr p =
      program("silu", 0, [](Builder& b, Value v) { return v * b.apply(Opcode::sigmoid, v); });
  return apply("silu", p, {&x});
}

Tensor elu(const Tensor& x, double alpha) {
  static const ProgramPtr p = program("elu", 1, [](Builder& b, Value v) {
    // expm1 of the negative part only: a large positive v must not overflow into 0 * inf in the
    // derivative.
    const Value negative = b.apply(Opcode::minimum, v, 0.0);
    return b.apply(Opcode::select, b.apply(Opcode::gt, v, 0.0), v,
                   b.scalar(0) * b.apply(Opcode::expm1, negative));
  });
  return apply("elu", p, {&x}, {alpha});
}

Tensor softplus(const Tensor& x) {
  static const ProgramPtr p = program("softplus", 0, [](Builder& b, Value v) {
    // max(v, 0) + log1p(exp(-|v|)) never overflows; at 0 the two halves' derivatives, 0 + 1/2, are
    // right as sign(0) = 0 and relu'(0) = 0 would give 0: so the linear part enters as (v + |v|)
    // / 2.
    const Value magnitude = b.apply(Opcode::abs, v);
    return 0.5 * (v + magnitude) + b.apply(Opcode::log1p, b.apply(Opcode::exp, -magnitude));
  });
  return apply("softplus", p, {&x});
}

Tensor gelu(const Tensor& x, GeluApproximation approximation) {
  static const ProgramPtr exact = program("gelu", 0, [](Builder& b, Value v) {
    return 0.5 * v * (1.0 + b.apply(Opcode::erf, v * 0.70710678118654752440));
  });
  static const ProgramPtr tanh = program("gelu_tanh", 0, [](Builder& b, Value v) {
    const Value inner = 0.79788456080286535588 * (v + 0.044715 * v * v * v);
    return 0.5 * v * (1.0 + b.apply(Opcode::tanh, inner));
  });
  return apply("gelu", approximation == GeluApproximation::none ? exact : tanh, {&x});
}

Tensor dropout(const Tensor& x, double p, bool training, Generator* generator) {
  if (!(p >= 0.0 && p <= 1.0)) {
    throw ValueError(fmt::format("dropout: p must be a probability in [0, 1]: {}", p));
  }
  detail::check_defined(x, "dropout", "x");
  if (!is_floating(x.dtype())) {
    throw DTypeError(
        fmt::format("dropout: x is {}: it must be floating; convert with .to()", name(x.dtype())));
  }
  if (!training || p == 0.0) return x;
  static const ProgramPtr mask = program("dropout", 2, [](Builder& b, Value v) {
    const Value keep = b.apply(Opcode::lt, b.apply(Opcode::uniform), b.scalar(0));
    return b.apply(Opcode::select, keep, v * b.scalar(1), 0.0);
  });
  Generator& stream = generator != nullptr ? *generator : default_generator();
  const RandomState random = stream.take(x.numel());
  const double scale = p == 1.0 ? 0.0 : 1.0 / (1.0 - p);
  const Tensor* inputs[] = {&x};
  const Scalar scalars[] = {1.0 - p, scale};
  return apply("dropout", mask, inputs, scalars, random);
}

}  // namespace ct
