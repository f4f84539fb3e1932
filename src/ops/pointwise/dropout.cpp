// Dropout of features and samples: the mask has one number for each, and is all that is saved.
#include "customtensor/ops/dropout.hpp"

#include <fmt/format.h>

#include <cmath>

#include "customtensor/error.hpp"
#include "ops/pointwise/pointwise_ops.hpp"
#include "ops/random_stream.hpp"

namespace ct {

namespace {

void check(const char* op, const Tensor& x, double p) {
  if (!(p >= 0.0 && p <= 1.0)) {
    throw ValueError(fmt::format("{}: p must be a probability in [0, 1]: {}", op, p));
  }
  detail::check_defined(x, op, "x");
  if (!is_floating(x.dtype())) {
    throw DTypeError(
        fmt::format("{}: x is {}: it must be floating; convert with .to()", op, name(x.dtype())));
  }
}

/// `value` with probability 1 - p, else 0.
Tensor mask_of(const Shape& shape, double p, double value, const Tensor& like,
               Generator* generator) {
  static const ProgramPtr program =
      ops::make_program("dropout_mask", 0, 2, [](PointwiseBuilder& b) {
        const auto keep = b.apply(Opcode::lt, b.apply(Opcode::uniform), b.scalar(0));
        return b.apply(Opcode::select, keep, b.scalar(1), 0.0);
      });
  Generator& stream = ops::stream_of(generator);
  const Scalar scalars[] = {1.0 - p, value};
  return ops::apply_creation(program, shape, compute_type(like.dtype()),
                             detail::impl(like).backend(), scalars, stream);
}

/// x's shape with 1 on all axes from `first` on.
Shape leading(const Tensor& x, int first) {
  Shape shape = x.shape();
  for (int i = first; i < shape.rank(); ++i) shape[i] = 1;
  return shape;
}

Tensor masked(const char* op, const Tensor& x, const Tensor& mask) {
  static const ProgramPtr program = ops::make_program("masked", 2, 0, [](PointwiseBuilder& b) {
    // 0, and not a NaN, where an infinity is dropped.
    const auto kept = b.apply(Opcode::ne, b.input(1), 0.0);
    return b.apply(Opcode::select, kept, b.input(0) * b.input(1), 0.0);
  });
  const Tensor narrow = mask.to(x.dtype());
  return ops::apply(op, program, {&x, &narrow});
}

Tensor features(const char* op, int axes, const Tensor& x, double p, bool training,
                Generator* generator) {
  check(op, x, p);
  if (x.dim() != axes + 2 && x.dim() != axes + 1) {
    throw ShapeError(fmt::format("{}: x must have {} axes, or {} without that of samples: {}", op,
                                 axes + 2, axes + 1, to_string(x.shape())));
  }
  if (!training || p == 0.0) return x;
  const Shape shape = leading(x, static_cast<int>(x.dim()) - axes);
  return masked(op, x, mask_of(shape, p, p == 1.0 ? 0.0 : 1.0 / (1.0 - p), x, generator));
}

/// a (kept ? x : s) + b, a and b so that mean 0 and variance 1 stay.
struct Alpha {
  static constexpr double kS = -1.7580993408473766;
  double a, b;
  explicit Alpha(double p)
      : a(p == 1.0 ? 0.0 : 1.0 / std::sqrt((1.0 - p) * (1.0 + p * kS * kS))), b(-a * kS * p) {}
};

}  // namespace

Tensor dropout1d(const Tensor& x, double p, bool training, Generator* generator) {
  return features("dropout1d", 1, x, p, training, generator);
}
Tensor dropout2d(const Tensor& x, double p, bool training, Generator* generator) {
  return features("dropout2d", 2, x, p, training, generator);
}
Tensor dropout3d(const Tensor& x, double p, bool training, Generator* generator) {
  return features("dropout3d", 3, x, p, training, generator);
}

Tensor alpha_dropout(const Tensor& x, double p, bool training, Generator* generator) {
  check("alpha_dropout", x, p);
  if (!training || p == 0.0) return x;
  static const ProgramPtr program =
      ops::make_program("alpha_dropout", 1, 3, [](PointwiseBuilder& b) {
        const auto keep = b.apply(Opcode::lt, b.apply(Opcode::uniform), b.scalar(0));
        return b.apply(Opcode::select, keep, b.input(0), Alpha::kS) * b.scalar(1) + b.scalar(2);
      });
  const Alpha alpha(p);
  Generator& stream = ops::stream_of(generator);
  const Tensor* inputs[] = {&x};
  const Scalar scalars[] = {1.0 - p, alpha.a, alpha.b};
  return ops::apply("alpha_dropout", program, inputs, scalars, stream);
}

Tensor feature_alpha_dropout(const Tensor& x, double p, bool training, Generator* generator) {
  check("feature_alpha_dropout", x, p);
  if (x.dim() < 2) {
    throw ShapeError(
        fmt::format("feature_alpha_dropout: x must be (n, c, ...): {}", to_string(x.shape())));
  }
  if (!training || p == 0.0) return x;
  static const ProgramPtr program =
      ops::make_program("feature_alpha_dropout", 2, 2, [](PointwiseBuilder& b) {
        const auto kept = b.apply(Opcode::ne, b.input(1), 0.0);
        return b.apply(Opcode::select, kept, b.input(0), Alpha::kS) * b.scalar(0) + b.scalar(1);
      });
  const Alpha alpha(p);
  const Tensor mask = mask_of(leading(x, 2), p, 1.0, x, generator).to(x.dtype());
  return ops::apply("feature_alpha_dropout", program, {&x, &mask}, {alpha.a, alpha.b});
}

Tensor drop_path(const Tensor& x, double p, bool training, bool scale_by_keep,
                 Generator* generator) {
  check("drop_path", x, p);
  if (x.dim() < 1) throw ShapeError("drop_path: x has no axis of samples: it is a number");
  if (!training || p == 0.0) return x;
  const double value = !scale_by_keep ? 1.0 : p == 1.0 ? 0.0 : 1.0 / (1.0 - p);
  return masked("drop_path", x, mask_of(leading(x, 1), p, value, x, generator));
}

}  // namespace ct
