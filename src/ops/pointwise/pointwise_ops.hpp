// What the files of elementwise ops share: ops that are one instruction, programs built once from a
// formula, and the programs that an op and its in-place form have in common.
#pragma once

#include <string>
#include <utility>

#include "ops/pointwise/apply.hpp"

namespace ct::ops {

/// The program whose outputs is formula(builder): for function-local statics.
template <class F>
ProgramPtr make_program(const char* name, int inputs, int scalars, F formula) {
  PointwiseBuilder b(name, inputs, scalars);
  b.output(formula(b));
  return b.build();
}

/// op(input 0, scalar 0), or the other way round: one program each, built on first use.
template <Opcode kOp, bool kScalarFirst = false>
const ProgramPtr& with_scalar() {
  static const ProgramPtr program = make_program(info(kOp).name.data(), 1, 1, [](auto& b) {
    return kScalarFirst ? b.apply(kOp, b.scalar(0), b.input(0))
                        : b.apply(kOp, b.input(0), b.scalar(0));
  });
  return program;
}

inline Tensor unary(Opcode op, const Tensor& x) {
  return apply(info(op).name.data(), program_of(op), {&x});
}
inline Tensor binary(Opcode op, const Tensor& a, const Tensor& b) {
  return apply(info(op).name.data(), program_of(op), {&a, &b});
}
template <Opcode kOp, bool kScalarFirst = false>
Tensor scalar_op(const Tensor& x, const Scalar& s) {
  return apply(info(kOp).name.data(), with_scalar<kOp, kScalarFirst>(), {&x}, {s});
}

// --- Programs of several instructions, by the op's name ----------------------------------------
const ProgramPtr& scaled_add_program();  ///< x0 + s0 x1
/// div(x0, x1) rounded; with a scalar divisor, or dividend, div(x0, s0), div(s0, x0).
enum class Divisor : uint8_t { tensor, scalar, scalar_dividend };
const ProgramPtr& div_program(RoundingMode mode, Divisor divisor);
/// x0 between bounds: scalars (all numbers, or one of them NaN, which all become), or x1 (and x2).
/// `recorded`: its derivative is wanted.
enum class ClampBounds : uint8_t { numbers, nan, tensors };
const ProgramPtr& clamp_program(bool low, bool high, ClampBounds bounds, bool recorded);
const ProgramPtr& lerp_program(bool tensor_weight);
const ProgramPtr& addcmul_program();
const ProgramPtr& addcdiv_program();
const ProgramPtr& frac_program();
/// What pow by this exponent is: a simpler instruction for some. `scalars`: 0 or 1.
struct PowProgram {
  const char* name;
  const ProgramPtr& program;
  bool takes_exponent;
};
PowProgram pow_program(const Tensor& a, const Scalar& exponent);

/// Errors: DTypeError naming `op` for what is no arithmetic of truth values: -a, or a - b of bools.
void check_difference(const char* op, const Tensor& a, bool b_is_bool);
/// Errors: ValueError naming `op` if whole numbers would be divided by zero. Reads a tensor's
/// answer: a wait where the device works asynchronously.
void check_divisor(const char* op, const Tensor& a, const Tensor& b);
void check_divisor(const char* op, const Tensor& a, const Scalar& b);
void check_divisor(const char* op, const Scalar& a, const Tensor& b);
/// Errors: DTypeError naming `op` if `x` is floating, or for shifts a bool.
void check_bitwise(const char* op, const Tensor& x, bool shift);
/// Errors: the same, and for a number that is not whole.
void check_bitwise(const char* op, const Tensor& a, const Scalar& b, bool shift);

}  // namespace ct::ops
