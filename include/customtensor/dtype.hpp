// Element types: the enum, its facts, the C++ types that store them, promotion.
#pragma once

#include <bit>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string_view>

#include "customtensor/export.hpp"

namespace ct {

/// Kernels and files of kernels know these by number: new ones come last.
enum class DType : uint8_t {
  float32,
  float64,
  float16,
  bfloat16,
  int32,
  int64,
  uint8,
  bool_,
  int8,
  int16,
  uint16,
  uint32,
  uint64,
  complex64,
  complex128
};

inline constexpr int kDTypeCount = 15;

inline constexpr DType float32 = DType::float32;
inline constexpr DType float64 = DType::float64;
inline constexpr DType float16 = DType::float16;    ///< storage; arithmetic in float32
inline constexpr DType bfloat16 = DType::bfloat16;  ///< storage; arithmetic in float32
inline constexpr DType int32 = DType::int32;
inline constexpr DType int64 = DType::int64;
inline constexpr DType uint8 = DType::uint8;
inline constexpr DType bool_ = DType::bool_;
inline constexpr DType int8 = DType::int8;
inline constexpr DType int16 = DType::int16;
inline constexpr DType uint16 = DType::uint16;
inline constexpr DType uint32 = DType::uint32;
inline constexpr DType uint64 = DType::uint64;
inline constexpr DType complex64 = DType::complex64;    ///< pairs of float32: (real, imaginary)
inline constexpr DType complex128 = DType::complex128;  ///< pairs of float64

/// Bytes of one element.
constexpr size_t item_size(DType dtype) {
  constexpr size_t kSizes[kDTypeCount] = {4, 8, 2, 2, 4, 8, 1, 1, 1, 2, 2, 4, 8, 8, 16};
  return kSizes[static_cast<int>(dtype)];
}

constexpr bool is_floating(DType dtype) { return dtype <= DType::bfloat16; }
constexpr bool is_complex(DType dtype) {
  return dtype == DType::complex64 || dtype == DType::complex128;
}
constexpr bool is_integral(DType dtype) {
  return !is_floating(dtype) && !is_complex(dtype) && dtype != DType::bool_;
}
/// Whether tensors of it can have gradients.
constexpr bool is_differentiable(DType dtype) { return is_floating(dtype) || is_complex(dtype); }
/// The type of a complex type's parts; of any other type, itself.
constexpr DType real_type(DType dtype) {
  return dtype == DType::complex64    ? DType::float32
         : dtype == DType::complex128 ? DType::float64
                                      : dtype;
}
/// Whether it has numbers below zero.
constexpr bool is_signed(DType dtype) {
  switch (dtype) {
    case DType::bool_:
    case DType::uint8:
    case DType::uint16:
    case DType::uint32:
    case DType::uint64:
      return false;
    default:
      return true;
  }
}

/// Kinds of types, in the order of promotion: a result is of its operands' highest kind, and no op
/// stores it in a lower one without being asked.
enum class DTypeKind : uint8_t { boolean, integer, floating, complex };
constexpr DTypeKind kind_of(DType dtype) {
  return is_complex(dtype)    ? DTypeKind::complex
         : is_floating(dtype) ? DTypeKind::floating
         : is_integral(dtype) ? DTypeKind::integer
                              : DTypeKind::boolean;
}

/// "float32", …, "bool".
CT_API std::string_view name(DType dtype);
CT_API std::ostream& operator<<(std::ostream& out, DType dtype);

/// The type arithmetic on `dtype` is done in (no kernel knows complex types: theirs is done on the
/// real and the imaginary parts): half types in float32; whole numbers, and bool, in the
/// smaller of int32 and int64 that holds them, and in uint64 those that neither does.
constexpr DType compute_type(DType dtype) {
  switch (dtype) {
    case DType::float16:
    case DType::bfloat16:
      return DType::float32;
    case DType::uint8:
    case DType::bool_:
    case DType::int8:
    case DType::int16:
    case DType::uint16:
      return DType::int32;
    case DType::uint32:
      return DType::int64;
    default:
      return dtype;
  }
}

/// PyTorch's promotion of two tensors' types: kind first, then width; complex128 where one is
/// complex and one float64 or complex128. Of a signed and an unsigned integer the smallest signed
/// type that holds both: int8 and uint8 give int16. PyTorch has this rule for uint8 alone and
/// refuses uint16, uint32 and uint64; here they follow it as in NumPy, up to uint64 with a signed
/// type, which NumPy makes float64 and so loses digits. Errors: DTypeError for uint64 with a signed
/// integer
CT_API DType promote_types(DType a, DType b);

/// IEEE 754 binary16, storage only. Conversions round to nearest even.
struct CT_API Half {
  uint16_t bits = 0;
  Half() = default;
  explicit Half(float value);
  explicit operator float() const;
};

/// bfloat16, storage only: the upper half of a float32. Conversions round to nearest even.
struct CT_API BFloat16 {
  uint16_t bits = 0;
  BFloat16() = default;
  explicit BFloat16(float value) {
    const auto u = std::bit_cast<uint32_t>(value);
    const bool nan = (u & 0x7fffffffU) > 0x7f800000U;
    bits = static_cast<uint16_t>(nan ? (u >> 16) | 0x40U : (u + 0x7fffU + ((u >> 16) & 1U)) >> 16);
  }
  explicit operator float() const {
    return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
  }
};

/// The dtype that stores a C++ type: dtype_of<float> == float32.
template <class T>
struct DTypeOf;
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::float32;
};
template <>
struct DTypeOf<double> {
  static constexpr DType value = DType::float64;
};
template <>
struct DTypeOf<Half> {
  static constexpr DType value = DType::float16;
};
template <>
struct DTypeOf<BFloat16> {
  static constexpr DType value = DType::bfloat16;
};
template <>
struct DTypeOf<int32_t> {
  static constexpr DType value = DType::int32;
};
template <>
struct DTypeOf<int64_t> {
  static constexpr DType value = DType::int64;
};
template <>
struct DTypeOf<uint8_t> {
  static constexpr DType value = DType::uint8;
};
template <>
struct DTypeOf<int8_t> {
  static constexpr DType value = DType::int8;
};
template <>
struct DTypeOf<int16_t> {
  static constexpr DType value = DType::int16;
};
template <>
struct DTypeOf<uint16_t> {
  static constexpr DType value = DType::uint16;
};
template <>
struct DTypeOf<uint32_t> {
  static constexpr DType value = DType::uint32;
};
template <>
struct DTypeOf<uint64_t> {
  static constexpr DType value = DType::uint64;
};
template <>
struct DTypeOf<std::complex<float>> {
  static constexpr DType value = DType::complex64;
};
template <>
struct DTypeOf<std::complex<double>> {
  static constexpr DType value = DType::complex128;
};
template <>
struct DTypeOf<bool> {
  static constexpr DType value = DType::bool_;
};
template <class T>
inline constexpr DType dtype_of = DTypeOf<T>::value;

}  // namespace ct
