// Normalisation by neighbours and by a norm.
#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/linalg.hpp"
#include "customtensor/ops/conv.hpp"
#include "customtensor/ops/functions.hpp"
#include "customtensor/ops/norm.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/autocast.hpp"
#include "ops/pointwise/pointwise_ops.hpp"
#include "ops/pointwise/wide.hpp"
#include "ops/reduce/reduce.hpp"

namespace ct {

Tensor local_response_norm(const Tensor& x, int64_t size, double alpha, double beta, double k) {
  detail::check_defined(x, "local_response_norm", "x");
  ops::check_floating("local_response_norm", x);
  if (x.dim() < 2) {
    throw ShapeError(
        fmt::format("local_response_norm: x must be (n, c, ...): {}", to_string(x.shape())));
  }
  if (size < 1) {
    throw ValueError(fmt::format("local_response_norm: size must be at least 1: {}", size));
  }
  if (x.numel() == 0) return x;
  // The channels are the height of a picture whose mean over windows is taken; what is beyond is 0.
  const Tensor wide = ops::wide(x);
  const int64_t inner = x.numel() / (x.size(0) * x.size(1));
  const Tensor squares = square(wide).reshape({x.size(0), 1, x.size(1), inner});
  const Tensor padded = pad(squares, {0, 0, size / 2, (size - 1) / 2});
  const Tensor means = avg_pool2d(padded, Pair(size, 1), {.stride = Pair(1, 1)}).reshape(x.shape());
  static const ProgramPtr program =
      ops::make_program("local_response_norm", 2, 3, [](PointwiseBuilder& b) {
        const auto base = b.scalar(0) + b.scalar(1) * b.input(1);
        return b.input(0) * b.apply(Opcode::pow, base, b.scalar(2));
      });
  return ops::apply("local_response_norm", program, {&wide, &means}, {k, alpha, -beta})
      .to(x.dtype());
}

Tensor normalize(const Tensor& x, double p, int64_t axis, double eps) {
  if (const ops::Autocast cast{"normalize"}) return normalize(cast(x), p, axis, eps);
  detail::check_defined(x, "normalize", "x");
  ops::check_floating("normalize", x);
  const Tensor wide = ops::wide(x);
  const Tensor length = linalg::vector_norm(wide, p, {axis}, true);
  static const ProgramPtr program = ops::make_program("normalize", 2, 1, [](PointwiseBuilder& b) {
    const auto small = b.apply(Opcode::lt, b.input(1), b.scalar(0));
    return b.input(0) / b.apply(Opcode::select, small, b.scalar(0), b.input(1));
  });
  return ops::apply("normalize", program, {&wide, &length}, {eps}).to(x.dtype());
}

}  // namespace ct
