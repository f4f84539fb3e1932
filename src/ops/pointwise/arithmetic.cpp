// Arithmetic of one or two tensors: each op is a program; apply() does the rest.
#include "customtensor/ops/arithmetic.hpp"

#include <fmt/format.h>

#include <array>

#include "customtensor/error.hpp"
#include "customtensor/ops/compare.hpp"
#include "customtensor/ops/reduce.hpp"
#include "ops/pointwise/pointwise_ops.hpp"

namespace ct {

using detail::impl;
using ops::apply;
using ops::binary;
using ops::Divisor;
using ops::scalar_op;

namespace ops {

const ProgramPtr& scaled_add_program() {
  static const ProgramPtr program =
      make_program("add", 2, 1, [](auto& b) { return b.input(0) + b.input(1) * b.scalar(0); });
  return program;
}

const ProgramPtr& div_program(RoundingMode mode, Divisor divisor) {
  static const auto programs = [] {
    std::array<std::array<ProgramPtr, 3>, 3> all;
    for (int m = 0; m < 3; ++m) {
      for (int k = 0; k < 3; ++k) {
        const auto kind = static_cast<Divisor>(k);
        const bool tensors = kind == Divisor::tensor;
        PointwiseBuilder b("div", tensors ? 2 : 1, tensors ? 0 : 1);
        const PointwiseValue first = kind == Divisor::scalar_dividend ? b.scalar(0) : b.input(0);
        const PointwiseValue second = kind == Divisor::tensor   ? b.input(1)
                                      : kind == Divisor::scalar ? b.scalar(0)
                                                                : b.input(0);
        switch (static_cast<RoundingMode>(m)) {
          case RoundingMode::none:
            b.output(first / second);
            break;
          case RoundingMode::floor:
            b.output(b.apply(Opcode::floor_divide, first, second));
            break;
          case RoundingMode::trunc:  // the quotient of integers is truncated already
            b.output(b.apply(Opcode::trunc, first / second));
            b.rule(TypeRule::same);
            break;
        }
        all[static_cast<size_t>(m)][static_cast<size_t>(k)] = b.build();
      }
    }
    return all;
  }();
  return programs[static_cast<size_t>(mode)][static_cast<size_t>(divisor)];
}

// a + w (b - a) below 1/2, else b - (1 - w) (b - a): exact at both ends.
const ProgramPtr& lerp_program(bool tensor_weight) {
  const auto build = [](bool tensor) {
    PointwiseBuilder b("lerp", tensor ? 3 : 2, tensor ? 0 : 1);
    const PointwiseValue w = tensor ? b.input(2) : b.scalar(0);
    const PointwiseValue start = b.input(0), end = b.input(1), way = end - start;
    const PointwiseValue small = b.apply(Opcode::lt, b.apply(Opcode::abs, w), 0.5);
    b.output(b.apply(Opcode::select, small, start + w * way, end - (1.0 - w) * way));
    return b.build();
  };
  static const ProgramPtr tensor = build(true);
  static const ProgramPtr scalar = build(false);
  return tensor_weight ? tensor : scalar;
}

const ProgramPtr& addcmul_program() {
  static const ProgramPtr program = make_program(
      "addcmul", 3, 1, [](auto& b) { return b.input(0) + b.scalar(0) * b.input(1) * b.input(2); });
  return program;
}
const ProgramPtr& addcdiv_program() {
  static const ProgramPtr program = make_program("addcdiv", 3, 1, [](auto& b) {
    return b.input(0) + b.scalar(0) * (b.input(1) / b.input(2));
  });
  return program;
}

PowProgram pow_program(const Tensor& a, const Scalar& exponent) {
  detail::check_defined(a, "pow", "a");
  static const ProgramPtr cube =
      make_program("pow", 1, 0, [](auto& b) { return b.input(0) * b.input(0) * b.input(0); });
  const double e = exponent.to<double>();
  const bool floating = is_differentiable(a.dtype());
  if (e < 0 && !exponent.is_floating() && !floating) {
    throw ValueError(fmt::format(
        "pow: integers to negative integer powers are not integers: {} to the {}; convert with "
        ".to(ct::float32) first",
        name(a.dtype()), exponent.to<int64_t>()));
  }
  // Small exponents are exact and fast as products; integers to a float are floats.
  if (floating) {
    if (e == 2.0) return {"pow", program_of(Opcode::square), false};
    if (e == 3.0) return {"pow", cube, false};
    if (e == 0.5) return {"pow", program_of(Opcode::sqrt), false};
    if (e == -1.0) return {"pow", program_of(Opcode::reciprocal), false};
  }
  return {"pow", with_scalar<Opcode::pow>(), true};
}

void check_difference(const char* op, const Tensor& a, bool b_is_bool) {
  detail::check_defined(a, op, "a");
  if (a.dtype() != bool_ || !b_is_bool) return;
  throw DTypeError(fmt::format(
      "{}: bools have no difference: bool {}; use logical_not or logical_xor, or convert with "
      ".to(ct::int64)",
      op, to_string(a.shape())));
}

void check_divisor(const char* op, const Tensor& a, const Tensor& b) {
  detail::check_defined(a, op, "a");
  detail::check_defined(b, op, "b");
  const Tensor* both[] = {&a, &b};
  if (is_differentiable(result_type(both)) || a.numel() == 0 || b.numel() == 0) return;
  if (!detail::has_values(b)) return;
  const NoGradGuard off;
  const Tensor divides = b.ne(0);
  if (divides.amin().item<bool>()) return;
  throw ValueError(fmt::format(
      "{}: integer division by zero: element {} of the divisor {} {} is 0; mask it out, or divide "
      "floats",
      op, argmin(divides).item<int64_t>(), name(b.dtype()), to_string(b.shape())));
}

void check_divisor(const char* op, const Tensor& a, const Scalar& b) {
  detail::check_defined(a, op, "a");
  if (is_floating(a.dtype()) || b.is_floating() || b.to<int64_t>() != 0) return;
  throw ValueError(
      fmt::format("{}: integer division by zero: {} {} by the number 0; divide floats, or by 0.0",
                  op, name(a.dtype()), to_string(a.shape())));
}

void check_divisor(const char* op, const Scalar& a, const Tensor& b) {
  detail::check_defined(b, op, "b");
  if (!a.is_floating()) check_divisor(op, b, b);
}

namespace {

bool is_one(const Scalar& s) { return s.to<double>() == 1.0; }
Scalar negated(const Scalar& s) {
  return s.is_floating() ? Scalar(-s.to<double>()) : Scalar(-s.to<int64_t>());
}

}  // namespace
}  // namespace ops

Tensor add(const Tensor& a, const Tensor& b, const Scalar& alpha) {
  if (ops::is_one(alpha)) return binary(Opcode::add, a, b);
  return apply("add", ops::scaled_add_program(), {&a, &b}, {alpha});
}
Tensor sub(const Tensor& a, const Tensor& b, const Scalar& alpha) {
  ops::check_difference("sub", a, b.defined() && b.dtype() == bool_);
  if (ops::is_one(alpha)) return binary(Opcode::sub, a, b);
  return apply("sub", ops::scaled_add_program(), {&a, &b}, {ops::negated(alpha)});
}
Tensor mul(const Tensor& a, const Tensor& b) { return binary(Opcode::mul, a, b); }
Tensor add(const Tensor& a, const Scalar& b) { return scalar_op<Opcode::add>(a, b); }
Tensor sub(const Tensor& a, const Scalar& b) {
  ops::check_difference("sub", a, b.is_boolean());
  return scalar_op<Opcode::sub>(a, b);
}
Tensor sub(const Scalar& a, const Tensor& b) {
  ops::check_difference("sub", b, a.is_boolean());
  return scalar_op<Opcode::sub, true>(b, a);
}
Tensor mul(const Tensor& a, const Scalar& b) { return scalar_op<Opcode::mul>(a, b); }

Tensor div(const Tensor& a, const Tensor& b, RoundingMode mode) {
  if (mode == RoundingMode::none) return binary(Opcode::div, a, b);
  ops::check_divisor("div", a, b);
  return apply("div", ops::div_program(mode, Divisor::tensor), {&a, &b});
}
Tensor div(const Tensor& a, const Scalar& b, RoundingMode mode) {
  if (mode != RoundingMode::none) ops::check_divisor("div", a, b);
  return apply("div", ops::div_program(mode, Divisor::scalar), {&a}, {b});
}
Tensor div(const Scalar& a, const Tensor& b, RoundingMode mode) {
  if (mode != RoundingMode::none) ops::check_divisor("div", a, b);
  return apply("div", ops::div_program(mode, Divisor::scalar_dividend), {&b}, {a});
}
Tensor floor_divide(const Tensor& a, const Tensor& b) {
  ops::check_divisor("floor_divide", a, b);
  return binary(Opcode::floor_divide, a, b);
}
Tensor floor_divide(const Tensor& a, const Scalar& b) {
  ops::check_divisor("floor_divide", a, b);
  return scalar_op<Opcode::floor_divide>(a, b);
}
Tensor remainder(const Tensor& a, const Tensor& b) {
  ops::check_divisor("remainder", a, b);
  return binary(Opcode::remainder, a, b);
}
Tensor remainder(const Tensor& a, const Scalar& b) {
  ops::check_divisor("remainder", a, b);
  return scalar_op<Opcode::remainder>(a, b);
}
Tensor remainder(const Scalar& a, const Tensor& b) {
  ops::check_divisor("remainder", a, b);
  return scalar_op<Opcode::remainder, true>(b, a);
}
Tensor fmod(const Tensor& a, const Tensor& b) {
  ops::check_divisor("fmod", a, b);
  return binary(Opcode::fmod, a, b);
}
Tensor fmod(const Tensor& a, const Scalar& b) {
  ops::check_divisor("fmod", a, b);
  return scalar_op<Opcode::fmod>(a, b);
}

Tensor pow(const Tensor& a, const Tensor& b) { return binary(Opcode::pow, a, b); }
Tensor pow(const Tensor& a, const Scalar& b) {
  const ops::PowProgram how = ops::pow_program(a, b);
  if (how.takes_exponent) return apply(how.name, how.program, {&a}, {b});
  return apply(how.name, how.program, {&a});
}
Tensor pow(const Scalar& a, const Tensor& b) { return scalar_op<Opcode::pow, true>(b, a); }

Tensor maximum(const Tensor& a, const Tensor& b) { return binary(Opcode::maximum, a, b); }
Tensor minimum(const Tensor& a, const Tensor& b) { return binary(Opcode::minimum, a, b); }
Tensor atan2(const Tensor& y, const Tensor& x) { return binary(Opcode::atan2, y, x); }
Tensor hypot(const Tensor& a, const Tensor& b) { return binary(Opcode::hypot, a, b); }

namespace {
// a where a >= b (or a <= b), or where b is NaN.
ProgramPtr ignoring_nan(const char* name, Opcode wins) {
  return ops::make_program(name, 2, 0, [wins](auto& b) {
    const auto first = b.apply(Opcode::logical_or, b.apply(wins, b.input(0), b.input(1)),
                               b.apply(Opcode::is_nan, b.input(1)));
    return b.apply(Opcode::select, first, b.input(0), b.input(1));
  });
}
}  // namespace

Tensor fmax(const Tensor& a, const Tensor& b) {
  static const ProgramPtr program = ignoring_nan("fmax", Opcode::ge);
  return apply("fmax", program, {&a, &b});
}
Tensor fmin(const Tensor& a, const Tensor& b) {
  static const ProgramPtr program = ignoring_nan("fmin", Opcode::le);
  return apply("fmin", program, {&a, &b});
}

Tensor logaddexp(const Tensor& a, const Tensor& b) {
  static const ProgramPtr program = ops::make_program("logaddexp", 2, 0, [](auto& p) {
    const auto x = p.input(0), y = p.input(1);
    // The larger one, plus softplus of how far the other one is below it. Equal infinities have no
    // distance.
    const auto equal = p.apply(Opcode::logical_and, p.apply(Opcode::eq, x, y),
                               p.apply(Opcode::logical_not, p.apply(Opcode::is_finite, x)));
    const auto d = p.apply(Opcode::select, equal, 0.0, y - x);
    return p.apply(Opcode::select, p.apply(Opcode::le, x, y), y + p.apply(Opcode::softplus, -d),
                   x + p.apply(Opcode::softplus, d));
  });
  return apply("logaddexp", program, {&a, &b});
}

Tensor lerp(const Tensor& start, const Tensor& end, const Scalar& weight) {
  return apply("lerp", ops::lerp_program(false), {&start, &end}, {weight});
}
Tensor lerp(const Tensor& start, const Tensor& end, const Tensor& weight) {
  return apply("lerp", ops::lerp_program(true), {&start, &end, &weight});
}
Tensor addcmul(const Tensor& x, const Tensor& a, const Tensor& b, const Scalar& value) {
  return apply("addcmul", ops::addcmul_program(), {&x, &a, &b}, {value});
}
Tensor addcdiv(const Tensor& x, const Tensor& a, const Tensor& b, const Scalar& value) {
  return apply("addcdiv", ops::addcdiv_program(), {&x, &a, &b}, {value});
}

// --- Methods -------------------------------------------------------------------------------------

Tensor& PointwiseMethods::add_(const Tensor& other, const Scalar& alpha) {
  auto& self = static_cast<Tensor&>(*this);
  if (ops::is_one(alpha)) {
    ops::apply_in_place("add", program_of(Opcode::add), self, {&other});
  } else {
    ops::apply_in_place("add", ops::scaled_add_program(), self, {&other}, {alpha});
  }
  return self;
}
Tensor& PointwiseMethods::sub_(const Tensor& other, const Scalar& alpha) {
  auto& self = static_cast<Tensor&>(*this);
  ops::check_difference("sub_", self, other.defined() && other.dtype() == bool_);
  if (ops::is_one(alpha)) {
    ops::apply_in_place("sub", program_of(Opcode::sub), self, {&other});
  } else {
    ops::apply_in_place("sub", ops::scaled_add_program(), self, {&other}, {ops::negated(alpha)});
  }
  return self;
}

}  // namespace ct
