// Activations that draw: the numbers come from the stream again in backward, and are never stored.
#include <fmt/format.h>

#include <cmath>

#include "customtensor/error.hpp"
#include "customtensor/ops/activation.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/functions.hpp"
#include "customtensor/ops/indexing.hpp"
#include "customtensor/ops/loss.hpp"
#include "customtensor/ops/random.hpp"
#include "customtensor/ops/reduce.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/pointwise/pointwise_ops.hpp"
#include "ops/pointwise/wide.hpp"
#include "ops/random_stream.hpp"

namespace ct {

namespace {

void check_floating(const char* op, const Tensor& x) {
  detail::check_defined(x, op, "x");
  if (is_floating(x.dtype())) return;
  throw DTypeError(
      fmt::format("{}: x is {}: it must be floating; convert with .to()", op, name(x.dtype())));
}

}  // namespace

Tensor dropout(const Tensor& x, double p, bool training, Generator* generator) {
  if (!(p >= 0.0 && p <= 1.0)) {
    throw ValueError(fmt::format("dropout: p must be a probability in [0, 1]: {}", p));
  }
  check_floating("dropout", x);
  if (!training || p == 0.0) return x;
  static const ProgramPtr mask = ops::make_program("dropout", 1, 2, [](PointwiseBuilder& b) {
    const auto keep = b.apply(Opcode::lt, b.apply(Opcode::uniform), b.scalar(0));
    return b.apply(Opcode::select, keep, b.input(0) * b.scalar(1), 0.0);
  });
  const double scale = p == 1.0 ? 0.0 : 1.0 / (1.0 - p);
  const Tensor* inputs[] = {&x};
  const Scalar scalars[] = {1.0 - p, scale};
  return ops::apply("dropout", mask, inputs, scalars, ops::stream_of(generator));
}

Tensor rrelu(const Tensor& x, double lower, double upper, bool training, Generator* generator) {
  if (!(lower >= 0.0 && lower <= upper) || !std::isfinite(upper)) {
    throw ValueError(
        fmt::format("rrelu: bounds must be 0 <= lower <= upper: {} and {}", lower, upper));
  }
  if (!training) return leaky_relu(x, (lower + upper) / 2.0);
  check_floating("rrelu", x);
  static const ProgramPtr program = ops::make_program("rrelu", 1, 2, [](PointwiseBuilder& b) {
    const auto slope = b.scalar(0) + b.scalar(1) * b.apply(Opcode::uniform);
    const auto above = b.apply(Opcode::ge, b.input(0), 0.0);
    return b.input(0) * b.apply(Opcode::select, above, 1.0, slope);
  });
  const Tensor* inputs[] = {&x};
  const Scalar scalars[] = {lower, upper - lower};
  return ops::apply("rrelu", program, inputs, scalars, ops::stream_of(generator));
}

Tensor softmin(const Tensor& x, int64_t axis) { return softmax(neg(x), axis); }

Tensor gumbel_softmax(const Tensor& logits, double tau, bool hard, int64_t axis,
                      Generator* generator) {
  if (!(tau > 0.0)) throw ValueError(fmt::format("gumbel_softmax: tau must be positive: {}", tau));
  check_floating("gumbel_softmax", logits);
  // 1 - u is in (0, 1]: its logarithm is never infinite, and 0 is moved to the least double above.
  static const ProgramPtr program = ops::make_program("gumbel", 1, 1, [](PointwiseBuilder& b) {
    const auto rest = -b.apply(Opcode::log, 1.0 - b.apply(Opcode::uniform));
    const auto some = b.apply(Opcode::maximum, rest, 1e-37);
    return (b.input(0) - b.apply(Opcode::log, some)) / b.scalar(0);
  });
  const Tensor x = ops::wide(logits);
  const Tensor* inputs[] = {&x};
  const Scalar scalars[] = {tau};
  const Tensor drawn =
      ops::apply("gumbel_softmax", program, inputs, scalars, ops::stream_of(generator));
  const Tensor soft = softmax(drawn, axis);
  if (!hard) return soft.to(logits.dtype());
  Tensor nearest;
  {
    const NoGradGuard off;
    const Tensor place = argmax(soft, axis, true);
    nearest = scatter(zeros_like(soft), axis, place, ones_like(place).to(soft.dtype())) - soft;
  }
  return (soft + nearest).to(logits.dtype());
}

}  // namespace ct
