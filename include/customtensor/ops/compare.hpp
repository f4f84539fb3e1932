// Comparisons and logic: results are bool. Operands broadcast and promote as in arithmetic.hpp.
#pragma once

#include "customtensor/tensor.hpp"

namespace ct {

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

CT_API Tensor isnan(const Tensor& x);
CT_API Tensor isinf(const Tensor& x);
CT_API Tensor isposinf(const Tensor& x);
CT_API Tensor isneginf(const Tensor& x);
CT_API Tensor isfinite(const Tensor& x);
/// Of any dtype; what is not zero counts as true.
CT_API Tensor logical_not(const Tensor& x);
CT_API Tensor logical_and(const Tensor& a, const Tensor& b);
CT_API Tensor logical_or(const Tensor& a, const Tensor& b);
CT_API Tensor logical_xor(const Tensor& a, const Tensor& b);
/// condition ? a : b, elementwise. Errors: DTypeError unless the condition is bool (or uint8).
CT_API Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);
CT_API Tensor where(const Tensor& condition, const Tensor& a, const Scalar& b);
CT_API Tensor where(const Tensor& condition, const Scalar& a, const Tensor& b);

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
inline Tensor operator==(const Scalar& a, const Tensor& b) { return eq(b, a); }
inline Tensor operator!=(const Scalar& a, const Tensor& b) { return ne(b, a); }
inline Tensor operator<(const Scalar& a, const Tensor& b) { return gt(b, a); }
inline Tensor operator<=(const Scalar& a, const Tensor& b) { return ge(b, a); }
inline Tensor operator>(const Scalar& a, const Tensor& b) { return lt(b, a); }
inline Tensor operator>=(const Scalar& a, const Tensor& b) { return le(b, a); }

}  // namespace ct
