// Activations of two halves: one gates the other.
#include <fmt/format.h>

#include <utility>

#include "customtensor/error.hpp"
#include "customtensor/ops/activation.hpp"
#include "ops/pointwise/pointwise_ops.hpp"

namespace ct {

namespace {

/// The halves of x along `axis`.
std::pair<Tensor, Tensor> halves(const char* op, const Tensor& x, int64_t axis) {
  detail::check_defined(x, op, "x");
  const int at = normalize_axis(axis, x.shape().rank(), op);
  if (x.size(at) % 2 != 0) {
    throw ShapeError(fmt::format("{}: axis {} of {} is to be halved: its size must be even", op,
                                 axis, to_string(x.shape())));
  }
  const int64_t half = x.size(at) / 2;
  return {x.narrow(at, 0, half), x.narrow(at, half, half)};
}

}  // namespace

Tensor glu(const Tensor& x, int64_t axis) {
  const auto [a, b] = halves("glu", x, axis);
  static const ProgramPtr p = ops::make_program("glu", 2, 0, [](PointwiseBuilder& builder) {
    return builder.input(0) * builder.apply(Opcode::sigmoid, builder.input(1));
  });
  return ops::apply("glu", p, {&a, &b});
}

Tensor swiglu(const Tensor& x, int64_t axis) {
  const auto [a, b] = halves("swiglu", x, axis);
  static const ProgramPtr p = ops::make_program("swiglu", 2, 0, [](PointwiseBuilder& builder) {
    const auto v = builder.input(0);
    return v * builder.apply(Opcode::sigmoid, v) * builder.input(1);
  });
  return ops::apply("swiglu", p, {&a, &b});
}

}  // namespace ct
