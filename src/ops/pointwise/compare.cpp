// Comparisons and logic.
#include "customtensor/ops/compare.hpp"

#include <fmt/format.h>

#include <limits>

#include "customtensor/error.hpp"
#include "ops/pointwise/pointwise_ops.hpp"

namespace ct {

using ops::apply;
using ops::binary;
using ops::scalar_op;
using ops::unary;

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

Tensor isnan(const Tensor& x) { return unary(Opcode::is_nan, x); }
Tensor isfinite(const Tensor& x) { return unary(Opcode::is_finite, x); }

namespace {
// Neither finite nor NaN: which integers never are.
PointwiseValue infinite(PointwiseBuilder& b) {
  const PointwiseValue x = b.input(0);
  return b.apply(Opcode::logical_not, b.apply(Opcode::logical_or, b.apply(Opcode::is_finite, x),
                                              b.apply(Opcode::is_nan, x)));
}
ProgramPtr infinite_and(const char* name, Opcode comparison) {
  return ops::make_program(name, 1, 0, [comparison](auto& b) {
    return b.apply(Opcode::logical_and, infinite(b), b.apply(comparison, b.input(0), 0.0));
  });
}
}  // namespace

Tensor isinf(const Tensor& x) {
  static const ProgramPtr program = ops::make_program("isinf", 1, 0, infinite);
  return apply("isinf", program, {&x});
}
Tensor isposinf(const Tensor& x) {
  static const ProgramPtr program = infinite_and("isposinf", Opcode::gt);
  return apply("isposinf", program, {&x});
}
Tensor isneginf(const Tensor& x) {
  static const ProgramPtr program = infinite_and("isneginf", Opcode::lt);
  return apply("isneginf", program, {&x});
}

Tensor logical_not(const Tensor& x) { return unary(Opcode::logical_not, x); }
Tensor logical_and(const Tensor& a, const Tensor& b) { return binary(Opcode::logical_and, a, b); }
Tensor logical_or(const Tensor& a, const Tensor& b) { return binary(Opcode::logical_or, a, b); }
Tensor logical_xor(const Tensor& a, const Tensor& b) {
  static const ProgramPtr program = ops::make_program("logical_xor", 2, 0, [](auto& p) {
    return p.apply(Opcode::ne, p.apply(Opcode::logical_not, p.input(0)),
                   p.apply(Opcode::logical_not, p.input(1)));
  });
  return apply("logical_xor", program, {&a, &b});
}

namespace {
/// As a bool tensor, whose type promotes nothing.
Tensor checked_condition(const Tensor& condition) {
  detail::check_defined(condition, "where", "condition");
  if (condition.dtype() == bool_) return condition;
  if (condition.dtype() == uint8) return condition.ne(0);
  throw DTypeError(
      fmt::format("where: the condition is {}: it must be bool; compare it, as in x > 0",
                  name(condition.dtype())));
}
}  // namespace

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  const Tensor chosen = checked_condition(condition);
  return apply("where", program_of(Opcode::select), {&chosen, &a, &b});
}
Tensor where(const Tensor& condition, const Tensor& a, const Scalar& b) {
  static const ProgramPtr program = ops::make_program("where", 2, 1, [](auto& p) {
    return p.apply(Opcode::select, p.input(0), p.input(1), p.scalar(0));
  });
  const Tensor chosen = checked_condition(condition);
  return apply("where", program, {&chosen, &a}, {b});
}
Tensor where(const Tensor& condition, const Scalar& a, const Tensor& b) {
  static const ProgramPtr program = ops::make_program("where", 2, 1, [](auto& p) {
    return p.apply(Opcode::select, p.input(0), p.scalar(0), p.input(1));
  });
  const Tensor chosen = checked_condition(condition);
  return apply("where", program, {&chosen, &b}, {a});
}

}  // namespace ct
