// Bitwise operations of integers; of bools, logical ones. Operands broadcast and promote as in
// arithmetic.hpp.
// Errors, all: DTypeError for floating operands, and for shifts of bools.
#pragma once

#include "customtensor/tensor.hpp"

namespace ct {

CT_API Tensor bitwise_not(const Tensor& x);
CT_API Tensor bitwise_and(const Tensor& a, const Tensor& b);
CT_API Tensor bitwise_and(const Tensor& a, const Scalar& b);
CT_API Tensor bitwise_or(const Tensor& a, const Tensor& b);
CT_API Tensor bitwise_or(const Tensor& a, const Scalar& b);
CT_API Tensor bitwise_xor(const Tensor& a, const Tensor& b);
CT_API Tensor bitwise_xor(const Tensor& a, const Scalar& b);
/// a 2^b, wrapped; 0 where b is negative or not below the dtype's bits.
CT_API Tensor bitwise_left_shift(const Tensor& a, const Tensor& b);
CT_API Tensor bitwise_left_shift(const Tensor& a, const Scalar& b);
/// a / 2^b rounded down; 0 or -1 (of a negative a) where b is negative or not below the dtype's
/// bits.
CT_API Tensor bitwise_right_shift(const Tensor& a, const Tensor& b);
CT_API Tensor bitwise_right_shift(const Tensor& a, const Scalar& b);

inline Tensor operator~(const Tensor& x) { return bitwise_not(x); }
inline Tensor operator&(const Tensor& a, const Tensor& b) { return bitwise_and(a, b); }
inline Tensor operator|(const Tensor& a, const Tensor& b) { return bitwise_or(a, b); }
inline Tensor operator^(const Tensor& a, const Tensor& b) { return bitwise_xor(a, b); }
inline Tensor operator<<(const Tensor& a, const Tensor& b) { return bitwise_left_shift(a, b); }
inline Tensor operator>>(const Tensor& a, const Tensor& b) { return bitwise_right_shift(a, b); }
inline Tensor operator&(const Tensor& a, const Scalar& b) { return bitwise_and(a, b); }
inline Tensor operator|(const Tensor& a, const Scalar& b) { return bitwise_or(a, b); }
inline Tensor operator^(const Tensor& a, const Scalar& b) { return bitwise_xor(a, b); }
inline Tensor operator<<(const Tensor& a, const Scalar& b) { return bitwise_left_shift(a, b); }
inline Tensor operator>>(const Tensor& a, const Scalar& b) { return bitwise_right_shift(a, b); }

}  // namespace ct
