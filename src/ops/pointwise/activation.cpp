// Activations: the formula as a program; its derivative follows from it.
#include "customtensor/ops/activation.hpp"

#include <fmt/format.h>

#include <cmath>

#include "customtensor/error.hpp"
#include "ops/autocast.hpp"
#include "ops/pointwise/pointwise_ops.hpp"

namespace ct {

using ops::apply;

namespace {

/// Integers stay integers if the numbers that they meet are whole.
Scalar number_for(const Tensor& x, double value) {
  const bool whole = x.defined() && !is_floating(x.dtype()) && value == std::trunc(value) &&
                     std::abs(value) < 0x1p62;
  return whole ? Scalar(static_cast<int64_t>(value)) : Scalar(value);
}

using Value = PointwiseValue;
using Builder = PointwiseBuilder;

/// Builds a program of one input once from its formula.
template <class F>
ProgramPtr program(const char* name, int scalars, F formula) {
  return ops::make_program(name, 1, scalars, [&](Builder& b) { return formula(b, b.input(0)); });
}
Value select(Builder& b, Value condition, Value yes, Value no) {
  return b.apply(Opcode::select, condition, yes, no);
}
Value positive(Builder& b, Value v) { return b.apply(Opcode::gt, v, 0.0); }
/// v where it is not positive: a large one must not overflow into 0 * inf in the derivative of a
/// branch that is not taken. Not minimum, which shares the gradient at 0.
Value not_positive(Builder& b, Value v) { return select(b, positive(b, v), 0.0, v); }
/// (v + 3) / 6
Value sixth(Value v) { return (v + 3.0) / 6.0; }

}  // namespace

Tensor relu(const Tensor& x) { return apply("relu", program_of(Opcode::relu), {&x}); }
Tensor sigmoid(const Tensor& x) { return apply("sigmoid", program_of(Opcode::sigmoid), {&x}); }
Tensor tanh(const Tensor& x) { return apply("tanh", program_of(Opcode::tanh), {&x}); }

Tensor leaky_relu(const Tensor& x, double negative_slope) {
  static const ProgramPtr p = program("leaky_relu", 1, [](Builder& b, Value v) {
    return select(b, positive(b, v), v, v * b.scalar(0));
  });
  return apply("leaky_relu", p, {&x}, {negative_slope});
}

Tensor prelu(const Tensor& x, const Tensor& weight) {
  if (const ops::Autocast cast{"prelu"}) return prelu(cast(x), cast(weight));
  detail::check_defined(x, "prelu", "x");
  detail::check_defined(weight, "prelu", "weight");
  const int64_t channels = x.dim() > 1 ? x.size(1) : 1;
  if (weight.dim() > 1 || (weight.numel() != 1 && weight.numel() != channels)) {
    throw ShapeError(
        fmt::format("prelu: the weight is {}: it must be (1) or ({}), one for each channel of {}",
                    to_string(weight.shape()), channels, to_string(x.shape())));
  }
  static const ProgramPtr p = ops::make_program("prelu", 2, 0, [](Builder& b) {
    return select(b, positive(b, b.input(0)), b.input(0), b.input(0) * b.input(1));
  });
  Tensor factors = weight.dim() == 0 ? weight.reshape({1}) : weight;
  if (x.dim() > 2 && weight.numel() > 1) {
    Shape shape{channels};
    for (int64_t axis = 2; axis < x.dim(); ++axis) shape.push_back(1);
    factors = factors.reshape(shape);
  }
  if (x.dim() == 0) factors = factors.reshape({});
  return apply("prelu", p, {&x, &factors});
}

Tensor silu(const Tensor& x) {
  static const ProgramPtr p =
      program("silu", 0, [](Builder& b, Value v) { return v * b.apply(Opcode::sigmoid, v); });
  return apply("silu", p, {&x});
}

Tensor elu(const Tensor& x, double alpha) {
  static const ProgramPtr p = program("elu", 1, [](Builder& b, Value v) {
    return select(b, positive(b, v), v, b.scalar(0) * b.apply(Opcode::expm1, not_positive(b, v)));
  });
  return apply("elu", p, {&x}, {alpha});
}

Tensor selu(const Tensor& x) {
  static const ProgramPtr p = program("selu", 0, [](Builder& b, Value v) {
    constexpr double kSeluScale = 1.0507009873554804934193349852946;
    constexpr double kAlpha = 1.6732632423543772848170429916717;
    return select(b, positive(b, v), v * kSeluScale,
                  b.apply(Opcode::expm1, not_positive(b, v)) * (kSeluScale * kAlpha));
  });
  return apply("selu", p, {&x});
}

Tensor celu(const Tensor& x, double alpha) {
  if (alpha == 0.0) throw ValueError("celu: alpha is 0: x is divided by it");
  static const ProgramPtr p = program("celu", 1, [](Builder& b, Value v) {
    const Value inner = not_positive(b, v) / b.scalar(0);
    return select(b, positive(b, v), v, b.scalar(0) * b.apply(Opcode::expm1, inner));
  });
  return apply("celu", p, {&x}, {alpha});
}

Tensor softplus(const Tensor& x, double beta, double threshold) {
  static const ProgramPtr plain = program("softplus", 1, [](Builder& b, Value v) {
    return select(b, b.apply(Opcode::gt, v, b.scalar(0)), v, b.apply(Opcode::softplus, v));
  });
  static const ProgramPtr scaled = program("softplus", 2, [](Builder& b, Value v) {
    const Value inner = v * b.scalar(1);
    return select(b, b.apply(Opcode::gt, inner, b.scalar(0)), v,
                  b.apply(Opcode::softplus, inner) / b.scalar(1));
  });
  if (beta == 1.0) return apply("softplus", plain, {&x}, {threshold});
  return apply("softplus", scaled, {&x}, {threshold, beta});
}

Tensor logsigmoid(const Tensor& x) {
  static const ProgramPtr p =
      program("logsigmoid", 0, [](Builder& b, Value v) { return -b.apply(Opcode::softplus, -v); });
  return apply("logsigmoid", p, {&x});
}

Tensor mish(const Tensor& x) {
  static const ProgramPtr p = program("mish", 0, [](Builder& b, Value v) {
    return v * b.apply(Opcode::tanh, b.apply(Opcode::softplus, v));
  });
  return apply("mish", p, {&x});
}

Tensor softsign(const Tensor& x) {
  static const ProgramPtr p = program(
      "softsign", 0, [](Builder& b, Value v) { return v / (1.0 + b.apply(Opcode::abs, v)); });
  return apply("softsign", p, {&x});
}

Tensor tanhshrink(const Tensor& x) {
  static const ProgramPtr p =
      program("tanhshrink", 0, [](Builder& b, Value v) { return v - b.apply(Opcode::tanh, v); });
  return apply("tanhshrink", p, {&x});
}

// Comparisons that keep NaN in the last branch; the constants of both ends have no gradient.
Tensor hardtanh(const Tensor& x, double low, double high) {
  if (!(low <= high)) {
    throw ValueError(fmt::format("hardtanh: low must not be above high: {} and {}", low, high));
  }
  static const ProgramPtr p = program("hardtanh", 2, [](Builder& b, Value v) {
    const Value above = b.apply(Opcode::ge, v, b.scalar(1));
    return select(b, b.apply(Opcode::le, v, b.scalar(0)), b.scalar(0),
                  select(b, above, b.scalar(1), v));
  });
  return apply("hardtanh", p, {&x}, {number_for(x, low), number_for(x, high)});
}

Tensor relu6(const Tensor& x) {
  static const ProgramPtr p = program("relu6", 0, [](Builder& b, Value v) {
    return select(b, b.apply(Opcode::le, v, 0.0), 0.0,
                  select(b, b.apply(Opcode::ge, v, 6.0), 6.0, v));
  });
  return apply("relu6", p, {&x});
}

Tensor hardsigmoid(const Tensor& x) {
  static const ProgramPtr plain = program("hardsigmoid", 0, [](Builder& b, Value v) {
    return select(b, b.apply(Opcode::le, v, -3.0), 0.0,
                  select(b, b.apply(Opcode::ge, v, 3.0), 1.0, sixth(v)));
  });
  // Where it is recorded, a NaN passes as minimum's, without a gradient.
  static const ProgramPtr recorded = program("hardsigmoid", 0, [](Builder& b, Value v) {
    const Value above = b.apply(Opcode::minimum, 1.0, b.apply(Opcode::ceil, v));
    return select(b, b.apply(Opcode::le, v, -3.0), 0.0,
                  select(b, b.apply(Opcode::lt, v, 3.0), sixth(v), above));
  });
  return apply("hardsigmoid", autograd::recording({&x}) ? recorded : plain, {&x});
}

Tensor hardswish(const Tensor& x) {
  static const ProgramPtr p = program("hardswish", 0, [](Builder& b, Value v) {
    return select(b, b.apply(Opcode::le, v, -3.0), 0.0,
                  select(b, b.apply(Opcode::ge, v, 3.0), v, v * sixth(v)));
  });
  return apply("hardswish", p, {&x});
}

Tensor hardshrink(const Tensor& x, double lambda) {
  static const ProgramPtr p = program("hardshrink", 1, [](Builder& b, Value v) {
    return select(b, b.apply(Opcode::le, b.apply(Opcode::abs, v), b.scalar(0)), 0.0, v);
  });
  return apply("hardshrink", p, {&x}, {lambda});
}

Tensor softshrink(const Tensor& x, double lambda) {
  if (!(lambda >= 0.0)) {
    throw ValueError(fmt::format("softshrink: lambda must not be negative: {}", lambda));
  }
  static const ProgramPtr p = program("softshrink", 1, [](Builder& b, Value v) {
    const Value inside = b.apply(Opcode::le, b.apply(Opcode::abs, v), b.scalar(0));
    return select(b, inside, 0.0, select(b, positive(b, v), v - b.scalar(0), v + b.scalar(0)));
  });
  return apply("softshrink", p, {&x}, {lambda});
}

Tensor threshold(const Tensor& x, double limit, double value) {
  static const ProgramPtr p = program("threshold", 2, [](Builder& b, Value v) {
    return select(b, b.apply(Opcode::le, v, b.scalar(0)), b.scalar(1), v);
  });
  return apply("threshold", p, {&x}, {number_for(x, limit), number_for(x, value)});
}

Tensor gelu(const Tensor& x, GeluApproximation approximation) {
  const bool exact = approximation == GeluApproximation::none;
  return apply("gelu", program_of(exact ? Opcode::gelu : Opcode::gelu_tanh), {&x});
}

}  // namespace ct
