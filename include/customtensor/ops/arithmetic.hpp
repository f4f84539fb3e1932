// Arithmetic of one or two tensors. Both broadcast by NumPy's rules and promote dtypes by
// PyTorch's; each op is one pointwise program, which is also its derivative's source. Integers
// wrap. Errors, all: ShapeError if shapes do not broadcast, DeviceError if devices differ,
// ValueError if a whole number does not fit in the integers it is combined with.
//
// Dividing integers by zero (floor_divide, remainder, fmod, div rounded) is a ValueError, thrown
// before anything is changed. A divisor that is an integer tensor is read for it, so on a device
// that works asynchronously the host waits; a number or a floating divisor costs nothing.
#pragma once

#include <initializer_list>
#include <span>

#include "customtensor/ops/compare.hpp"
#include "customtensor/ops/functions.hpp"
#include "customtensor/pointwise.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

CT_API Tensor add(const Tensor& a, const Tensor& b, const Scalar& alpha = 1);  ///< a + alpha b
CT_API Tensor sub(const Tensor& a, const Tensor& b, const Scalar& alpha = 1);
CT_API Tensor mul(const Tensor& a, const Tensor& b);
/// Without rounding, integers give float32. Gradient: none if rounded.
CT_API Tensor div(const Tensor& a, const Tensor& b, RoundingMode mode = RoundingMode::none);
CT_API Tensor add(const Tensor& a, const Scalar& b);
CT_API Tensor sub(const Tensor& a, const Scalar& b);
CT_API Tensor sub(const Scalar& a, const Tensor& b);
CT_API Tensor mul(const Tensor& a, const Scalar& b);
CT_API Tensor div(const Tensor& a, const Scalar& b, RoundingMode mode = RoundingMode::none);
CT_API Tensor div(const Scalar& a, const Tensor& b, RoundingMode mode = RoundingMode::none);
/// div rounded down, as Python's //.
CT_API Tensor floor_divide(const Tensor& a, const Tensor& b);
CT_API Tensor floor_divide(const Tensor& a, const Scalar& b);
/// a - b floor(a / b), with the sign of b: Python's %.
CT_API Tensor remainder(const Tensor& a, const Tensor& b);
CT_API Tensor remainder(const Tensor& a, const Scalar& b);
CT_API Tensor remainder(const Scalar& a, const Tensor& b);
/// a - b trunc(a / b), exactly, with the sign of a: C's fmod and %.
CT_API Tensor fmod(const Tensor& a, const Tensor& b);
CT_API Tensor fmod(const Tensor& a, const Scalar& b);
/// Integers stay integers, powers of integers are exact until they wrap; an integer to a negative
/// power is truncated. Errors: ValueError for integers to a negative whole number.
/// Gradient: of a 0 where b is 0, of b 0 where a is 0 and b at least 0
CT_API Tensor pow(const Tensor& a, const Tensor& b);
CT_API Tensor pow(const Tensor& a, const Scalar& b);
CT_API Tensor pow(const Scalar& a, const Tensor& b);

CT_API Tensor maximum(const Tensor& a, const Tensor& b);  ///< NaN wins; ties share the gradient
CT_API Tensor minimum(const Tensor& a, const Tensor& b);
CT_API Tensor fmax(const Tensor& a, const Tensor& b);  ///< NaN loses; of ties, a has the gradient
CT_API Tensor fmin(const Tensor& a, const Tensor& b);
/// Angle of (x, y), in [-pi, pi]. Gradient 0 at (0, 0).
CT_API Tensor atan2(const Tensor& y, const Tensor& x);
CT_API Tensor hypot(const Tensor& a, const Tensor& b);  ///< sqrt(a^2 + b^2), without overflow
/// log(exp(a) + exp(b)), without overflow.
CT_API Tensor logaddexp(const Tensor& a, const Tensor& b);

/// start + weight (end - start), exact at both ends.
CT_API Tensor lerp(const Tensor& start, const Tensor& end, const Scalar& weight);
CT_API Tensor lerp(const Tensor& start, const Tensor& end, const Tensor& weight);
/// x + value a b
CT_API Tensor addcmul(const Tensor& x, const Tensor& a, const Tensor& b, const Scalar& value = 1);
/// x + value a / b
CT_API Tensor addcdiv(const Tensor& x, const Tensor& a, const Tensor& b, const Scalar& value = 1);

/// A user's own fused elementwise op: runs `program` on broadcast inputs, once over memory;
/// differentiable to any order. Result dtype by the program's rule from the promoted inputs. Random
/// instructions draw from the default generator.
/// Errors: ValueError if the numbers of inputs or scalars are not the program's, or it has no
///         inputs; if a gradient is wanted, ValueError if the derivative of one output by one input
///         is itself too long for a program.
CT_API Tensors pointwise(const ProgramPtr& program, std::span<const Tensor> inputs,
                         std::span<const Scalar> scalars = {});
CT_API Tensor pointwise(const ProgramPtr& program, std::initializer_list<Tensor> inputs,
                        std::initializer_list<Scalar> scalars = {});
/// A program of no inputs makes new tensors of `shape`, of the dtype (float32 unless the scalars
/// are whole numbers; bool if that is the program's rule) and on the device of `options`. They are
/// leaves, with requires_grad if that is asked for.
/// Errors: ValueError if the program takes tensors or another number of scalars; DTypeError if it
///         cannot give the dtype asked for.
CT_API Tensors pointwise(const ProgramPtr& program, const Shape& shape,
                         const TensorOptions& options, std::span<const Scalar> scalars = {},
                         Generator* generator = nullptr);

/// Runs `program` into existing tensors, unrecorded: an optimizer's step. Outputs may be exactly
/// inputs, and otherwise must not overlap them; each output's version is bumped. All have the shape
/// that the inputs broadcast to; with no inputs they are of one shape.
CT_API void pointwise_(const ProgramPtr& program, std::span<const Tensor> outputs,
                       std::span<const Tensor> inputs, std::span<const Scalar> scalars = {});

inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return div(a, b); }
inline Tensor operator%(const Tensor& a, const Tensor& b) { return remainder(a, b); }
inline Tensor operator+(const Tensor& a, const Scalar& b) { return add(a, b); }
inline Tensor operator-(const Tensor& a, const Scalar& b) { return sub(a, b); }
inline Tensor operator*(const Tensor& a, const Scalar& b) { return mul(a, b); }
inline Tensor operator/(const Tensor& a, const Scalar& b) { return div(a, b); }
inline Tensor operator%(const Tensor& a, const Scalar& b) { return remainder(a, b); }
inline Tensor operator+(const Scalar& a, const Tensor& b) { return add(b, a); }
inline Tensor operator-(const Scalar& a, const Tensor& b) { return sub(a, b); }
inline Tensor operator*(const Scalar& a, const Tensor& b) { return mul(b, a); }
inline Tensor operator/(const Scalar& a, const Tensor& b) { return div(a, b); }
inline Tensor operator%(const Scalar& a, const Tensor& b) { return remainder(a, b); }
inline Tensor operator-(const Tensor& a) { return a.neg(); }

}  // namespace ct
