// The elementwise methods of Tensor: the free functions, and their in-place forms.
#include "customtensor/ops/activation.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/bitwise.hpp"
#include "customtensor/ops/compare.hpp"
#include "customtensor/ops/functions.hpp"
#include "ops/pointwise/pointwise_ops.hpp"

namespace ct {

using ops::apply_in_place;
using ops::Divisor;
using ops::with_scalar;
using P = PointwiseMethods;

namespace {

const Tensor& self_of(const P* methods) { return static_cast<const Tensor&>(*methods); }
Tensor& self_of(P* methods) { return static_cast<Tensor&>(*methods); }

Tensor& in_place(P* methods, Opcode op) {
  Tensor& self = self_of(methods);
  apply_in_place(info(op).name.data(), program_of(op), self, {});
  return self;
}
Tensor& in_place(P* methods, const char* name, Opcode op, const Tensor& other) {
  Tensor& self = self_of(methods);
  apply_in_place(name, program_of(op), self, {&other});
  return self;
}
template <Opcode kOp>
Tensor& in_place(P* methods, const char* name, const Scalar& other) {
  Tensor& self = self_of(methods);
  apply_in_place(name, with_scalar<kOp>(), self, {}, {other});
  return self;
}

}  // namespace

// --- Functions -----------------------------------------------------------------------------------

Tensor P::neg() const { return ct::neg(self_of(this)); }
Tensor P::abs() const { return ct::abs(self_of(this)); }
Tensor P::sign() const { return ct::sign(self_of(this)); }
Tensor P::square() const { return ct::square(self_of(this)); }
Tensor P::sqrt() const { return ct::sqrt(self_of(this)); }
Tensor P::rsqrt() const { return ct::rsqrt(self_of(this)); }
Tensor P::reciprocal() const { return ct::reciprocal(self_of(this)); }
Tensor P::exp() const { return ct::exp(self_of(this)); }
Tensor P::exp2() const { return ct::exp2(self_of(this)); }
Tensor P::expm1() const { return ct::expm1(self_of(this)); }
Tensor P::log() const { return ct::log(self_of(this)); }
Tensor P::log2() const { return ct::log2(self_of(this)); }
Tensor P::log10() const { return ct::log10(self_of(this)); }
Tensor P::log1p() const { return ct::log1p(self_of(this)); }
Tensor P::sin() const { return ct::sin(self_of(this)); }
Tensor P::cos() const { return ct::cos(self_of(this)); }
Tensor P::tan() const { return ct::tan(self_of(this)); }
Tensor P::asin() const { return ct::asin(self_of(this)); }
Tensor P::acos() const { return ct::acos(self_of(this)); }
Tensor P::atan() const { return ct::atan(self_of(this)); }
Tensor P::sinh() const { return ct::sinh(self_of(this)); }
Tensor P::cosh() const { return ct::cosh(self_of(this)); }
Tensor P::tanh() const { return ct::tanh(self_of(this)); }
Tensor P::asinh() const { return ct::asinh(self_of(this)); }
Tensor P::acosh() const { return ct::acosh(self_of(this)); }
Tensor P::atanh() const { return ct::atanh(self_of(this)); }
Tensor P::sigmoid() const { return ct::sigmoid(self_of(this)); }
Tensor P::erf() const { return ct::erf(self_of(this)); }
Tensor P::erfc() const { return ct::erfc(self_of(this)); }
Tensor P::erfinv() const { return ct::erfinv(self_of(this)); }
Tensor P::lgamma() const { return ct::lgamma(self_of(this)); }
Tensor P::digamma() const { return ct::digamma(self_of(this)); }
Tensor P::relu() const { return ct::relu(self_of(this)); }
Tensor P::floor() const { return ct::floor(self_of(this)); }
Tensor P::ceil() const { return ct::ceil(self_of(this)); }
Tensor P::round() const { return ct::round(self_of(this)); }
Tensor P::trunc() const { return ct::trunc(self_of(this)); }
Tensor P::frac() const { return ct::frac(self_of(this)); }
Tensor P::logit(std::optional<double> eps) const { return ct::logit(self_of(this), eps); }
Tensor P::polygamma(int64_t n) const { return ct::polygamma(n, self_of(this)); }
Tensor P::nan_to_num(double nan, std::optional<double> posinf, std::optional<double> neginf) const {
  return ct::nan_to_num(self_of(this), nan, posinf, neginf);
}
Tensor P::clamp(std::optional<Scalar> low, std::optional<Scalar> high) const {
  return ct::clamp(self_of(this), low, high);
}
Tensor P::clamp(const Tensor& low, const Tensor& high) const {
  return ct::clamp(self_of(this), low, high);
}

// --- Arithmetic ----------------------------------------------------------------------------------

Tensor P::add(const Tensor& other, const Scalar& alpha) const {
  return ct::add(self_of(this), other, alpha);
}
Tensor P::sub(const Tensor& other, const Scalar& alpha) const {
  return ct::sub(self_of(this), other, alpha);
}
Tensor P::div(const Tensor& other, RoundingMode mode) const {
  return ct::div(self_of(this), other, mode);
}
Tensor P::div(const Scalar& other, RoundingMode mode) const {
  return ct::div(self_of(this), other, mode);
}
Tensor P::lerp(const Tensor& end, const Scalar& weight) const {
  return ct::lerp(self_of(this), end, weight);
}
Tensor P::lerp(const Tensor& end, const Tensor& weight) const {
  return ct::lerp(self_of(this), end, weight);
}
Tensor P::addcmul(const Tensor& a, const Tensor& b, const Scalar& value) const {
  return ct::addcmul(self_of(this), a, b, value);
}
Tensor P::addcdiv(const Tensor& a, const Tensor& b, const Scalar& value) const {
  return ct::addcdiv(self_of(this), a, b, value);
}
Tensor P::mul(const Tensor& other) const { return ct::mul(self_of(this), other); }
Tensor P::floor_divide(const Tensor& other) const { return ct::floor_divide(self_of(this), other); }
Tensor P::remainder(const Tensor& other) const { return ct::remainder(self_of(this), other); }
Tensor P::fmod(const Tensor& other) const { return ct::fmod(self_of(this), other); }
Tensor P::pow(const Tensor& other) const { return ct::pow(self_of(this), other); }
Tensor P::maximum(const Tensor& other) const { return ct::maximum(self_of(this), other); }
Tensor P::minimum(const Tensor& other) const { return ct::minimum(self_of(this), other); }
Tensor P::fmax(const Tensor& other) const { return ct::fmax(self_of(this), other); }
Tensor P::fmin(const Tensor& other) const { return ct::fmin(self_of(this), other); }
Tensor P::atan2(const Tensor& other) const { return ct::atan2(self_of(this), other); }
Tensor P::hypot(const Tensor& other) const { return ct::hypot(self_of(this), other); }
Tensor P::logaddexp(const Tensor& other) const { return ct::logaddexp(self_of(this), other); }
Tensor P::add(const Scalar& other) const { return ct::add(self_of(this), other); }
Tensor P::sub(const Scalar& other) const { return ct::sub(self_of(this), other); }
Tensor P::mul(const Scalar& other) const { return ct::mul(self_of(this), other); }
Tensor P::floor_divide(const Scalar& other) const { return ct::floor_divide(self_of(this), other); }
Tensor P::remainder(const Scalar& other) const { return ct::remainder(self_of(this), other); }
Tensor P::fmod(const Scalar& other) const { return ct::fmod(self_of(this), other); }
Tensor P::pow(const Scalar& other) const { return ct::pow(self_of(this), other); }

// --- Comparisons, logic, bits --------------------------------------------------------------------

Tensor P::eq(const Tensor& other) const { return ct::eq(self_of(this), other); }
Tensor P::eq(const Scalar& other) const { return ct::eq(self_of(this), other); }
Tensor P::ne(const Tensor& other) const { return ct::ne(self_of(this), other); }
Tensor P::ne(const Scalar& other) const { return ct::ne(self_of(this), other); }
Tensor P::lt(const Tensor& other) const { return ct::lt(self_of(this), other); }
Tensor P::lt(const Scalar& other) const { return ct::lt(self_of(this), other); }
Tensor P::le(const Tensor& other) const { return ct::le(self_of(this), other); }
Tensor P::le(const Scalar& other) const { return ct::le(self_of(this), other); }
Tensor P::gt(const Tensor& other) const { return ct::gt(self_of(this), other); }
Tensor P::gt(const Scalar& other) const { return ct::gt(self_of(this), other); }
Tensor P::ge(const Tensor& other) const { return ct::ge(self_of(this), other); }
Tensor P::ge(const Scalar& other) const { return ct::ge(self_of(this), other); }
Tensor P::isnan() const { return ct::isnan(self_of(this)); }
Tensor P::isinf() const { return ct::isinf(self_of(this)); }
Tensor P::isposinf() const { return ct::isposinf(self_of(this)); }
Tensor P::isneginf() const { return ct::isneginf(self_of(this)); }
Tensor P::isfinite() const { return ct::isfinite(self_of(this)); }
Tensor P::logical_not() const { return ct::logical_not(self_of(this)); }
Tensor P::bitwise_not() const { return ct::bitwise_not(self_of(this)); }
Tensor P::logical_and(const Tensor& other) const { return ct::logical_and(self_of(this), other); }
Tensor P::logical_or(const Tensor& other) const { return ct::logical_or(self_of(this), other); }
Tensor P::logical_xor(const Tensor& other) const { return ct::logical_xor(self_of(this), other); }
Tensor P::bitwise_and(const Tensor& other) const { return ct::bitwise_and(self_of(this), other); }
Tensor P::bitwise_and(const Scalar& other) const { return ct::bitwise_and(self_of(this), other); }
Tensor P::bitwise_or(const Tensor& other) const { return ct::bitwise_or(self_of(this), other); }
Tensor P::bitwise_or(const Scalar& other) const { return ct::bitwise_or(self_of(this), other); }
Tensor P::bitwise_xor(const Tensor& other) const { return ct::bitwise_xor(self_of(this), other); }
Tensor P::bitwise_xor(const Scalar& other) const { return ct::bitwise_xor(self_of(this), other); }
Tensor P::bitwise_left_shift(const Tensor& other) const {
  return ct::bitwise_left_shift(self_of(this), other);
}
Tensor P::bitwise_left_shift(const Scalar& other) const {
  return ct::bitwise_left_shift(self_of(this), other);
}
Tensor P::bitwise_right_shift(const Tensor& other) const {
  return ct::bitwise_right_shift(self_of(this), other);
}
Tensor P::bitwise_right_shift(const Scalar& other) const {
  return ct::bitwise_right_shift(self_of(this), other);
}

// --- In place; add_ and sub_ are beside add, clamp_ beside clamp
// ----------------------------------

Tensor& P::neg_() {
  ops::check_difference("neg_", self_of(this), true);
  return in_place(this, Opcode::neg);
}
Tensor& P::abs_() { return in_place(this, Opcode::abs); }
Tensor& P::sign_() { return in_place(this, Opcode::sign); }
Tensor& P::square_() { return in_place(this, Opcode::square); }
Tensor& P::sqrt_() { return in_place(this, Opcode::sqrt); }
Tensor& P::rsqrt_() { return in_place(this, Opcode::rsqrt); }
Tensor& P::reciprocal_() { return in_place(this, Opcode::reciprocal); }
Tensor& P::exp_() { return in_place(this, Opcode::exp); }
Tensor& P::exp2_() { return in_place(this, Opcode::exp2); }
Tensor& P::expm1_() { return in_place(this, Opcode::expm1); }
Tensor& P::log_() { return in_place(this, Opcode::log); }
Tensor& P::log2_() { return in_place(this, Opcode::log2); }
Tensor& P::log10_() { return in_place(this, Opcode::log10); }
Tensor& P::log1p_() { return in_place(this, Opcode::log1p); }
Tensor& P::sin_() { return in_place(this, Opcode::sin); }
Tensor& P::cos_() { return in_place(this, Opcode::cos); }
Tensor& P::tan_() { return in_place(this, Opcode::tan); }
Tensor& P::asin_() { return in_place(this, Opcode::asin); }
Tensor& P::acos_() { return in_place(this, Opcode::acos); }
Tensor& P::atan_() { return in_place(this, Opcode::atan); }
Tensor& P::sinh_() { return in_place(this, Opcode::sinh); }
Tensor& P::cosh_() { return in_place(this, Opcode::cosh); }
Tensor& P::tanh_() { return in_place(this, Opcode::tanh); }
Tensor& P::asinh_() { return in_place(this, Opcode::asinh); }
Tensor& P::acosh_() { return in_place(this, Opcode::acosh); }
Tensor& P::atanh_() { return in_place(this, Opcode::atanh); }
Tensor& P::sigmoid_() { return in_place(this, Opcode::sigmoid); }
Tensor& P::erf_() { return in_place(this, Opcode::erf); }
Tensor& P::erfc_() { return in_place(this, Opcode::erfc); }
Tensor& P::erfinv_() { return in_place(this, Opcode::erfinv); }
Tensor& P::lgamma_() { return in_place(this, Opcode::lgamma); }
Tensor& P::digamma_() { return in_place(this, Opcode::digamma); }
Tensor& P::relu_() { return in_place(this, Opcode::relu); }
Tensor& P::floor_() { return in_place(this, Opcode::floor); }
Tensor& P::ceil_() { return in_place(this, Opcode::ceil); }
Tensor& P::round_() { return in_place(this, Opcode::round); }
Tensor& P::trunc_() { return in_place(this, Opcode::trunc); }
Tensor& P::frac_() {
  apply_in_place("frac", ops::frac_program(), self_of(this), {});
  return self_of(this);
}
Tensor& P::mul_(const Tensor& other) { return in_place(this, "mul", Opcode::mul, other); }
Tensor& P::add_(const Scalar& other) { return in_place<Opcode::add>(this, "add", other); }
Tensor& P::sub_(const Scalar& other) {
  ops::check_difference("sub_", self_of(this), other.is_boolean());
  return in_place<Opcode::sub>(this, "sub", other);
}
Tensor& P::mul_(const Scalar& other) { return in_place<Opcode::mul>(this, "mul", other); }
Tensor& P::div_(const Tensor& other, RoundingMode mode) {
  if (mode != RoundingMode::none) ops::check_divisor("div_", self_of(this), other);
  apply_in_place("div", ops::div_program(mode, Divisor::tensor), self_of(this), {&other});
  return self_of(this);
}
Tensor& P::div_(const Scalar& other, RoundingMode mode) {
  if (mode != RoundingMode::none) ops::check_divisor("div_", self_of(this), other);
  apply_in_place("div", ops::div_program(mode, Divisor::scalar), self_of(this), {}, {other});
  return self_of(this);
}
Tensor& P::pow_(const Tensor& other) { return in_place(this, "pow", Opcode::pow, other); }
Tensor& P::pow_(const Scalar& other) {
  Tensor& self = self_of(this);
  const ops::PowProgram how = ops::pow_program(self, other);
  if (how.takes_exponent) {
    apply_in_place(how.name, how.program, self, {}, {other});
  } else {
    apply_in_place(how.name, how.program, self, {});
  }
  return self;
}
Tensor& P::floor_divide_(const Tensor& other) {
  ops::check_divisor("floor_divide_", self_of(this), other);
  return in_place(this, "floor_divide", Opcode::floor_divide, other);
}
Tensor& P::floor_divide_(const Scalar& other) {
  ops::check_divisor("floor_divide_", self_of(this), other);
  return in_place<Opcode::floor_divide>(this, "floor_divide", other);
}
Tensor& P::remainder_(const Tensor& other) {
  ops::check_divisor("remainder_", self_of(this), other);
  return in_place(this, "remainder", Opcode::remainder, other);
}
Tensor& P::remainder_(const Scalar& other) {
  ops::check_divisor("remainder_", self_of(this), other);
  return in_place<Opcode::remainder>(this, "remainder", other);
}
Tensor& P::fmod_(const Tensor& other) {
  ops::check_divisor("fmod_", self_of(this), other);
  return in_place(this, "fmod", Opcode::fmod, other);
}
Tensor& P::fmod_(const Scalar& other) {
  ops::check_divisor("fmod_", self_of(this), other);
  return in_place<Opcode::fmod>(this, "fmod", other);
}
Tensor& P::bitwise_and_(const Tensor& other) {
  ops::check_bitwise("bitwise_and_", self_of(this), false);
  ops::check_bitwise("bitwise_and_", other, false);
  return in_place(this, "bitwise_and", Opcode::bitwise_and, other);
}
Tensor& P::bitwise_and_(const Scalar& other) {
  ops::check_bitwise("bitwise_and_", self_of(this), other, false);
  return in_place<Opcode::bitwise_and>(this, "bitwise_and", other);
}
Tensor& P::bitwise_or_(const Tensor& other) {
  ops::check_bitwise("bitwise_or_", self_of(this), false);
  ops::check_bitwise("bitwise_or_", other, false);
  return in_place(this, "bitwise_or", Opcode::bitwise_or, other);
}
Tensor& P::bitwise_or_(const Scalar& other) {
  ops::check_bitwise("bitwise_or_", self_of(this), other, false);
  return in_place<Opcode::bitwise_or>(this, "bitwise_or", other);
}
Tensor& P::bitwise_xor_(const Tensor& other) {
  ops::check_bitwise("bitwise_xor_", self_of(this), false);
  ops::check_bitwise("bitwise_xor_", other, false);
  return in_place(this, "bitwise_xor", Opcode::bitwise_xor, other);
}
Tensor& P::bitwise_xor_(const Scalar& other) {
  ops::check_bitwise("bitwise_xor_", self_of(this), other, false);
  return in_place<Opcode::bitwise_xor>(this, "bitwise_xor", other);
}
Tensor& P::bitwise_left_shift_(const Tensor& other) {
  ops::check_bitwise("bitwise_left_shift_", self_of(this), true);
  ops::check_bitwise("bitwise_left_shift_", other, true);
  return in_place(this, "bitwise_left_shift", Opcode::shift_left, other);
}
Tensor& P::bitwise_left_shift_(const Scalar& other) {
  ops::check_bitwise("bitwise_left_shift_", self_of(this), other, true);
  return in_place<Opcode::shift_left>(this, "bitwise_left_shift", other);
}
Tensor& P::bitwise_right_shift_(const Tensor& other) {
  ops::check_bitwise("bitwise_right_shift_", self_of(this), true);
  ops::check_bitwise("bitwise_right_shift_", other, true);
  return in_place(this, "bitwise_right_shift", Opcode::shift_right, other);
}
Tensor& P::bitwise_right_shift_(const Scalar& other) {
  ops::check_bitwise("bitwise_right_shift_", self_of(this), other, true);
  return in_place<Opcode::shift_right>(this, "bitwise_right_shift", other);
}
Tensor& P::lerp_(const Tensor& end, const Scalar& weight) {
  apply_in_place("lerp", ops::lerp_program(false), self_of(this), {&end}, {weight});
  return self_of(this);
}
Tensor& P::lerp_(const Tensor& end, const Tensor& weight) {
  apply_in_place("lerp", ops::lerp_program(true), self_of(this), {&end, &weight});
  return self_of(this);
}
Tensor& P::addcmul_(const Tensor& a, const Tensor& b, const Scalar& value) {
  apply_in_place("addcmul", ops::addcmul_program(), self_of(this), {&a, &b}, {value});
  return self_of(this);
}
Tensor& P::addcdiv_(const Tensor& a, const Tensor& b, const Scalar& value) {
  apply_in_place("addcdiv", ops::addcdiv_program(), self_of(this), {&a, &b}, {value});
  return self_of(this);
}

}  // namespace ct
