// Bitwise operations. Bools are 0 and 1: and, or, xor keep them so, and not is the logical one.
#include "customtensor/ops/bitwise.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "ops/pointwise/pointwise_ops.hpp"

namespace ct {

using ops::apply;

namespace ops {

void check_bitwise(const char* op, const Tensor& x, bool shift) {
  detail::check_defined(x, op, "x");
  if (!is_floating(x.dtype()) && !(shift && x.dtype() == bool_)) return;
  throw DTypeError(fmt::format("{}: an operand is {} {}: it must be of {}; convert with .to()", op,
                               name(x.dtype()), to_string(x.shape()),
                               shift ? "integers" : "integers or bool"));
}

void check_bitwise(const char* op, const Tensor& a, const Scalar& b, bool shift) {
  check_bitwise(op, a, shift);
  if (!b.is_floating()) return;
  throw DTypeError(fmt::format("{}: the number {} is not of an integer type: {} {} needs one", op,
                               b.to<double>(), name(a.dtype()), to_string(a.shape())));
}

}  // namespace ops

namespace {

Tensor bitwise(const char* name, Opcode op, const Tensor& a, const Tensor& b, bool shift = false) {
  ops::check_bitwise(name, a, shift);
  ops::check_bitwise(name, b, shift);
  return apply(name, program_of(op), {&a, &b});
}
template <Opcode kOp>
Tensor bitwise(const char* name, const Tensor& a, const Scalar& b, bool shift = false) {
  ops::check_bitwise(name, a, b, shift);
  return apply(name, ops::with_scalar<kOp>(), {&a}, {b});
}

}  // namespace

Tensor bitwise_not(const Tensor& x) {
  ops::check_bitwise("bitwise_not", x, false);
  return apply("bitwise_not",
               program_of(x.dtype() == bool_ ? Opcode::logical_not : Opcode::bitwise_not), {&x});
}
Tensor bitwise_and(const Tensor& a, const Tensor& b) {
  return bitwise("bitwise_and", Opcode::bitwise_and, a, b);
}
Tensor bitwise_and(const Tensor& a, const Scalar& b) {
  return bitwise<Opcode::bitwise_and>("bitwise_and", a, b);
}
Tensor bitwise_or(const Tensor& a, const Tensor& b) {
  return bitwise("bitwise_or", Opcode::bitwise_or, a, b);
}
Tensor bitwise_or(const Tensor& a, const Scalar& b) {
  return bitwise<Opcode::bitwise_or>("bitwise_or", a, b);
}
Tensor bitwise_xor(const Tensor& a, const Tensor& b) {
  return bitwise("bitwise_xor", Opcode::bitwise_xor, a, b);
}
Tensor bitwise_xor(const Tensor& a, const Scalar& b) {
  return bitwise<Opcode::bitwise_xor>("bitwise_xor", a, b);
}
Tensor bitwise_left_shift(const Tensor& a, const Tensor& b) {
  return bitwise("bitwise_left_shift", Opcode::shift_left, a, b, true);
}
Tensor bitwise_left_shift(const Tensor& a, const Scalar& b) {
  return bitwise<Opcode::shift_left>("bitwise_left_shift", a, b, true);
}
Tensor bitwise_right_shift(const Tensor& a, const Tensor& b) {
  return bitwise("bitwise_right_shift", Opcode::shift_right, a, b, true);
}
Tensor bitwise_right_shift(const Tensor& a, const Scalar& b) {
  return bitwise<Opcode::shift_right>("bitwise_right_shift", a, b, true);
}

}  // namespace ct
