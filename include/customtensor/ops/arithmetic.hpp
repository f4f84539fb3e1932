// Elementwise arithmetic, comparison and functions of one or two tensors. All broadcast by NumPy's
// rules and promote dtypes by PyTorch's; each is one pointwise program
// (src/ops/pointwise_apply.hpp), which is also its derivative's source. Errors, all: ShapeError if
// shapes do not broadcast, DeviceError if devices differ.
#pragma once

#include <optional>

#include "customtensor/pointwise.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

CT_API Tensor add(const Tensor& a, const Tensor& b, const Scalar& alpha = 1);  ///< a + alpha b
CT_API Tensor sub(const Tensor& a, const Tensor& b, const Scalar& alpha = 1);
CT_API Tensor mul(const Tensor& a, const Tensor& b);
CT_API Tensor div(const Tensor& a, const Tensor& b);  ///< true division; integers give float32
CT_API Tensor pow(const Tensor& a, const Tensor& b);
CT_API Tensor maximum(const Tensor& a, const Tensor& b);  ///< NaN wins; ties share the gradient
CT_API Tensor minimum(const Tensor& a, const Tensor& b);
CT_API Tensor add(const Tensor& a, const Scalar& b);
CT_API Tensor sub(const Tensor& a, const Scalar& b);
CT_API Tensor sub(const Scalar& a, const Tensor& b);
CT_API Tensor mul(const Tensor& a, const Scalar& b);
CT_API Tensor div(const Tensor& a, const Scalar& b);
CT_API Tensor div(const Scalar& a, const Tensor& b);
CT_API Tensor pow(const Tensor& a, const Scalar& b);

CT_API Tensor neg(const Tensor& x);
CT_API Tensor abs(const Tensor& x);
CT_API Tensor sign(const Tensor& x);
CT_API Tensor square(const Tensor& x);
CT_API Tensor sqrt(const Tensor& x);
CT_API Tensor rsqrt(const Tensor& x);
CT_API Tensor reciprocal(const Tensor& x);
CT_API Tensor exp(const Tensor& x);
CT_API Tensor expm1(const Tensor& x);
CT_API Tensor log(const Tensor& x);
CT_API Tensor log1p(const Tensor& x);
CT_API Tensor sin(const Tensor& x);
CT_API Tensor cos(const Tensor& x);
CT_API Tensor erf(const Tensor& x);
CT_API Tensor floor(const Tensor& x);
CT_API Tensor ceil(const Tensor& x);
CT_API Tensor round(const Tensor& x);  ///< half to even
CT_API Tensor trunc(const Tensor& x);
CT_API Tensor clamp(const Tensor& x, std::optional<Scalar> low,
                    std::optional<Scalar> high = std::nullopt);

CT_API Tensor isnan(const Tensor& x);
CT_API Tensor isfinite(const Tensor& x);
CT_API Tensor logical_not(const Tensor& x);
CT_API Tensor logical_and(const Tensor& a, const Tensor& b);
CT_API Tensor logical_or(const Tensor& a, const Tensor& b);
CT_API Tensor eq(const Tensor& a, const Tensor& b);
CT_API Tensor ne(const Tensor& a, const Tensor& b);
CT_API Tensor lt(const Tensor& a, const Tensor& b);
CT_API Tensor le(const Tensor& a, const Tensor& b);
CT_API Tensor gt(const Tensor& a, const Tensor& b);
CT_API Tensor ge(const Tensor& a, const Tensor& b);
CT_API Tensor eq(const Tensor& a, const Scalar& b);
CT_API Tensor ne(const Tensor& a, const Scalar& b);
CT_API Tensor lt(const Tensor& a, const Scalar& b);
CT_API Tensor le(const Tensor& a, const Scalar& b);
CT_API Tensor gt(const Tensor& a, const Scalar& b);
CT_API Tensor ge(const Tensor& a, const Scalar& b);
/// condition ? a : b, elementwise.
CT_API Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);

/// A user's own fused elementwise op: runs `program` on broadcast inputs, once over memory;
/// differentiable to any order. Result dtype by the program's rule from the promoted inputs.
/// Errors: ValueError if the numbers of inputs or scalars are not the program's.
CT_API Tensors pointwise(const ProgramPtr& program, std::span<const Tensor> inputs,
                         std::span<const Scalar> scalars = {});
CT_API Tensor pointwise(const ProgramPtr& program, std::initializer_list<Tensor> inputs,
                        std::initializer_list<Scalar> scalars = {});

/// Runs `program` into existing tensors, unrecorded: an optimizer's step. Outputs may be exactly
/// inputs, and otherwise must not overlap them; each output's version is bumped. All have the shape
/// that the inputs broadcast to.
CT_API void pointwise_(const ProgramPtr& program, std::span<const Tensor> outputs,
                       std::span<const Tensor> inputs, std::span<const Scalar> scalars = {});

inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return div(a, b); }
inline Tensor operator+(const Tensor& a, const Scalar& b) { return add(a, b); }
inline Tensor operator-(const Tensor& a, const Scalar& b) { return sub(a, b); }
inline Tensor operator*(const Tensor& a, const Scalar& b) { return mul(a, b); }
inline Tensor operator/(const Tensor& a, const Scalar& b) { return div(a, b); }
inline Tensor operator+(const Scalar& a, const Tensor& b) { return add(b, a); }
inline Tensor operator-(const Scalar& a, const Tensor& b) { return sub(a, b); }
inline Tensor operator*(const Scalar& a, const Tensor& b) { return mul(b, a); }
inline Tensor operator/(const Scalar& a, const Tensor& b) { return div(a, b); }
inline Tensor operator-(const Tensor& a) { return neg(a); }
inline Tensor operator==(const Tensor& a, const Tensor& b) { return eq(a, b); }
inline Tensor operator!=(const Tensor& a, const Tensor& b) { return ne(a, b); }
inline Tensor operator<(const Tensor& a, const Tensor& b) { return lt(a, b); }
inline Tensor operator<=(const Tensor& a, const Tensor& b) { return le(a, b); }
inline Tensor operator>(const Tensor& a, const Tensor& b) { return gt(a, b); }
inline Tensor operator>=(const Tensor& a, const Tensor& b) { return ge(a, b); }
inline Tensor operator==(const Tensor& a, const Scalar& b) { return eq(a, b); }
inline Tensor operator!=(const Tensor& a, const Scalar& b) { return ne(a, b); }
inline Tensor operator<(const Tensor& a, const Scalar& b) { return lt(a, b); }
inline Tensor operator<=(const Tensor& a, const Scalar& b) { return le(a, b); }
inline Tensor operator>(const Tensor& a, const Scalar& b) { return gt(a, b); }
inline Tensor operator>=(const Tensor& a, const Scalar& b) { return ge(a, b); }

}  // namespace ct
