// Elementwise arithmetic, functions and comparisons: each is a program; apply() does the rest.
#include "customtensor/ops/arithmetic.hpp"

#include <fmt/format.h>

#include <cmath>

#include "customtensor/error.hpp"
#include "ops/apply.hpp"

namespace ct {

using ops::apply;
using ops::apply_in_place;

namespace {

Tensor unary(Opcode op, const Tensor& x) {
  return apply(info(op).name.data(), program_of(op), {&x});
}
Tensor binary(Opcode op, const Tensor& a, const Tensor& b) {
  return apply(info(op).name.data(), program_of(op), {&a, &b});
}

/// op(input 0, scalar 0), or the other way round: one program each, built on first use.
template <Opcode kOp, bool kScalarFirst = false>
const ProgramPtr& with_scalar() {
  static const ProgramPtr program = [] {
    PointwiseBuilder b(std::string(info(kOp).name), 1, 1);
    b.output(kScalarFirst ? b.apply(kOp, b.scalar(0), b.input(0))
                          : b.apply(kOp, b.input(0), b.scalar(0)));
    return b.build();
  }();
  return program;
}
template <Opcode kOp, bool kScalarFirst = false>
Tensor scalar_op(const Tensor& x, const Scalar& s) {
  return apply(info(kOp).name.data(), with_scalar<kOp, kScalarFirst>(), {&x}, {s});
}

/// a + alpha b
const ProgramPtr& scaled_add() {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("add", 2, 1);
    b.output(b.input(0) + b.input(1) * b.scalar(0));
    return b.build();
  }();
  return program;
}
bool is_one(const Scalar& s) { return s.to<double>() == 1.0; }
Scalar negated(const Scalar& s) {
  return s.is_floating() ? Scalar(-s.to<double>()) : Scalar(-s.to<int64_t>());
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b, const Scalar& alpha) {
  if (is_one(alpha)) return binary(Opcode::add, a, b);
  return apply("add", scaled_add(), {&a, &b}, {alpha});
}
Tensor sub(const Tensor& a, const Tensor& b, const Scalar& alpha) {
  if (is_one(alpha)) return binary(Opcode::sub, a, b);
  return apply("sub", scaled_add(), {&a, &b}, {negated(alpha)});
}
Tensor mul(const Tensor& a, const Tensor& b) { return binary(Opcode::mul, a, b); }
Tensor div(const Tensor& a, const Tensor& b) { return binary(Opcode::div, a, b); }
Tensor pow(const Tensor& a, const Tensor& b) { return binary(Opcode::pow, a, b); }
Tensor maximum(const Tensor& a, const Tensor& b) { return binary(Opcode::maximum, a, b); }
Tensor minimum(const Tensor& a, const Tensor& b) { return binary(Opcode::minimum, a, b); }
Tensor add(const Tensor& a, const Scalar& b) { return scalar_op<Opcode::add>(a, b); }
Tensor sub(const Tensor& a, const Scalar& b) { return scalar_op<Opcode::sub>(a, b); }
Tensor sub(const Scalar& a, const Tensor& b) { return scalar_op<Opcode::sub, true>(b, a); }
Tensor mul(const Tensor& a, const Scalar& b) { return scalar_op<Opcode::mul>(a, b); }
Tensor div(const Tensor& a, const Scalar& b) { return scalar_op<Opcode::div>(a, b); }
Tensor div(const Scalar& a, const Tensor& b) { return scalar_op<Opcode::div, true>(b, a); }

Tensor pow(const Tensor& a, const Scalar& b) {
  // Small exponents are exact and fast as products.
  const double e = b.to<double>();
  if (e == 2.0) return unary(Opcode::square, a);
  if (e == 1.0) return scalar_op<Opcode::mul>(a, 1);
  if (e == 0.5) return unary(Opcode::sqrt, a);
  if (e == -1.0 && is_floating(a.dtype())) return unary(Opcode::reciprocal, a);
  if (e == 3.0) {
    static const ProgramPtr cube = [] {
      PointwiseBuilder p("pow", 1);
      p.output(p.input(0) * p.input(0) * p.input(0));
      return p.build();
    }();
    return apply("pow", cube, {&a});
  }
  if (e < 0 && !b.is_floating() && !is_floating(a.dtype())) {
    throw ValueError(fmt::format(
        "pow: integers to negative integer powers are not integers: {} to the {}; convert with "
        ".to(ct::float32) first",
        name(a.dtype()), b.to<int64_t>()));
  }
  return scalar_op<Opcode::pow>(a, b);
}

Tensor neg(const Tensor& x) { return unary(Opcode::neg, x); }
Tensor abs(const Tensor& x) { return unary(Opcode::abs, x); }
Tensor sign(const Tensor& x) { return unary(Opcode::sign, x); }
Tensor square(const Tensor& x) { return unary(Opcode::square, x); }
Tensor sqrt(const Tensor& x) { return unary(Opcode::sqrt, x); }
Tensor rsqrt(const Tensor& x) { return unary(Opcode::rsqrt, x); }
Tensor reciprocal(const Tensor& x) { return unary(Opcode::reciprocal, x); }
Tensor exp(const Tensor& x) { return unary(Opcode::exp, x); }
Tensor expm1(const Tensor& x) { return unary(Opcode::expm1, x); }
Tensor log(const Tensor& x) { return unary(Opcode::log, x); }
Tensor log1p(const Tensor& x) { return unary(Opcode::log1p, x); }
Tensor sin(const Tensor& x) { return unary(Opcode::sin, x); }
Tensor cos(const Tensor& x) { return unary(Opcode::cos, x); }
Tensor erf(const Tensor& x) { return unary(Opcode::erf, x); }
Tensor floor(const Tensor& x) { return unary(Opcode::floor, x); }
Tensor ceil(const Tensor& x) { return unary(Opcode::ceil, x); }
Tensor round(const Tensor& x) { return unary(Opcode::round, x); }
Tensor trunc(const Tensor& x) { return unary(Opcode::trunc, x); }
Tensor isnan(const Tensor& x) { return unary(Opcode::is_nan, x); }
Tensor isfinite(const Tensor& x) { return unary(Opcode::is_finite, x); }
Tensor logical_not(const Tensor& x) { return unary(Opcode::logical_not, x); }

Tensor clamp(const Tensor& x, std::optional<Scalar> low, std::optional<Scalar> high) {
  if (!low && !high) {
    throw ValueError("clamp: neither bound is given; pass low, high or both");
  }
  // select, not maximum: the gradient at a bound is 1, as PyTorch's, and a NaN passes.
  static const ProgramPtr both = [] {
    PointwiseBuilder p("clamp", 1, 2);
    const auto v = p.input(0);
    const auto raised =
        p.apply(Opcode::select, p.apply(Opcode::lt, v, p.scalar(0)), p.scalar(0), v);
    p.output(
        p.apply(Opcode::select, p.apply(Opcode::gt, raised, p.scalar(1)), p.scalar(1), raised));
    return p.build();
  }();
  static const ProgramPtr below = [] {
    PointwiseBuilder p("clamp", 1, 1);
    const auto v = p.input(0);
    p.output(p.apply(Opcode::select, p.apply(Opcode::lt, v, p.scalar(0)), p.scalar(0), v));
    return p.build();
  }();
  static const ProgramPtr above = [] {
    PointwiseBuilder p("clamp", 1, 1);
    const auto v = p.input(0);
    p.output(p.apply(Opcode::select, p.apply(Opcode::gt, v, p.scalar(0)), p.scalar(0), v));
    return p.build();
  }();
  if (low && high) return apply("clamp", both, {&x}, {*low, *high});
  return low ? apply("clamp", below, {&x}, {*low}) : apply("clamp", above, {&x}, {*high});
}

Tensor logical_and(const Tensor& a, const Tensor& b) { return binary(Opcode::logical_and, a, b); }
Tensor logical_or(const Tensor& a, const Tensor& b) { return binary(Opcode::logical_or, a, b); }
Tensor eq(const Tensor& a, const Tensor& b) { return binary(Opcode::eq, a, b); }
Tensor ne(const Tensor& a, const Tensor& b) { return binary(Opcode::ne, a, b); }
Tensor lt(const Tensor& a, const Tensor& b) { return binary(Opcode::lt, a, b); }
Tensor le(const Tensor& a, const Tensor& b) { return binary(Opcode::le, a, b); }
Tensor gt(const Tensor& a, const Tensor& b) { return binary(Opcode::gt, a, b); }
Tensor ge(const Tensor& a, const Tensor& b) { return binary(Opcode::ge, a, b); }
Tensor eq(const Tensor& a, const Scalar& b) { return scalar_op<Opcode::eq>(a, b); }
Tensor ne(const Tensor& a, const Scalar& b) { return scalar_op<Opcode::ne>(a, b); }
Tensor lt(const Tensor& a, const Scalar& b) { return scalar_op<Opcode::lt>(a, b); }
Tensor le(const Tensor& a, const Scalar& b) { return scalar_op<Opcode::le>(a, b); }
Tensor gt(const Tensor& a, const Scalar& b) { return scalar_op<Opcode::gt>(a, b); }
Tensor ge(const Tensor& a, const Scalar& b) { return scalar_op<Opcode::ge>(a, b); }

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  detail::check_defined(condition, "where", "condition");
  if (condition.dtype() != bool_ && condition.dtype() != uint8) {
    throw DTypeError(
        fmt::format("where: the condition is {}: it must be bool; compare it, as in x > 0",
                    name(condition.dtype())));
  }
  return apply("where", program_of(Opcode::select), {&condition, &a, &b});
}

// --- Methods -------------------------------------------------------------------------------------

Tensor Tensor::neg() const { return ct::neg(*this); }
Tensor Tensor::abs() const { return ct::abs(*this); }
Tensor Tensor::exp() const { return ct::exp(*this); }
Tensor Tensor::log() const { return ct::log(*this); }
Tensor Tensor::sqrt() const { return ct::sqrt(*this); }
Tensor Tensor::rsqrt() const { return ct::rsqrt(*this); }
Tensor Tensor::square() const { return ct::square(*this); }
Tensor Tensor::sin() const { return ct::sin(*this); }
Tensor Tensor::cos() const { return ct::cos(*this); }
Tensor Tensor::pow(const Scalar& exponent) const { return ct::pow(*this, exponent); }
Tensor Tensor::pow(const Tensor& exponent) const { return ct::pow(*this, exponent); }
Tensor Tensor::clamp(std::optional<Scalar> low, std::optional<Scalar> high) const {
  return ct::clamp(*this, low, high);
}

Tensor& Tensor::add_(const Tensor& other, const Scalar& alpha) {
  if (is_one(alpha)) {
    apply_in_place("add", program_of(Opcode::add), *this, {&other});
  } else {
    apply_in_place("add", scaled_add(), *this, {&other}, {alpha});
  }
  return *this;
}
Tensor& Tensor::sub_(const Tensor& other, const Scalar& alpha) {
  if (is_one(alpha)) {
    apply_in_place("sub", program_of(Opcode::sub), *this, {&other});
  } else {
    apply_in_place("sub", scaled_add(), *this, {&other}, {negated(alpha)});
  }
  return *this;
}
Tensor& Tensor::mul_(const Tensor& other) {
  apply_in_place("mul", program_of(Opcode::mul), *this, {&other});
  return *this;
}
Tensor& Tensor::div_(const Tensor& other) {
  apply_in_place("div", program_of(Opcode::div), *this, {&other});
  return *this;
}
Tensor& Tensor::add_(const Scalar& other) {
  apply_in_place("add", with_scalar<Opcode::add>(), *this, {}, {other});
  return *this;
}
Tensor& Tensor::mul_(const Scalar& other) {
  apply_in_place("mul", with_scalar<Opcode::mul>(), *this, {}, {other});
  return *this;
}
Tensor& Tensor::operator-=(const Scalar& other) {
  apply_in_place("sub", with_scalar<Opcode::sub>(), *this, {}, {other});
  return *this;
}
Tensor& Tensor::operator/=(const Scalar& other) {
  apply_in_place("div", with_scalar<Opcode::div>(), *this, {}, {other});
  return *this;
}

}  // namespace ct
