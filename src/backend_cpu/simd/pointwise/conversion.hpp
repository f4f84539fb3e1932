// One element between a storage type and a compute type: the meaning that the vector loops of
// convert.cpp and the strided copies of strided.cpp share.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "customtensor/dtype.hpp"

namespace ct::cpu {

/// How a bool lies in memory: any byte that is not zero is true.
struct BoolByte {
  uint8_t byte;
};

/// Calls fn.template operator()<S, kDType>() for the storage types whose conversions are worth
/// vector code: those of floating numbers, images, places and masks.
template <class F>
void for_each_quick_type(F&& fn) {
  fn.template operator()<float, DType::float32>();
  fn.template operator()<double, DType::float64>();
  fn.template operator()<Half, DType::float16>();
  fn.template operator()<BFloat16, DType::bfloat16>();
  fn.template operator()<int32_t, DType::int32>();
  fn.template operator()<int64_t, DType::int64>();
  fn.template operator()<uint8_t, DType::uint8>();
  fn.template operator()<BoolByte, DType::bool_>();
}

/// And for the others, which plain loops convert.
template <class F>
void for_each_plain_type(F&& fn) {
  fn.template operator()<int8_t, DType::int8>();
  fn.template operator()<int16_t, DType::int16>();
  fn.template operator()<uint16_t, DType::uint16>();
  fn.template operator()<uint32_t, DType::uint32>();
  fn.template operator()<uint64_t, DType::uint64>();
}

/// For all of them.
template <class F>
void for_each_storage_type(F&& fn) {
  for_each_quick_type(fn);
  for_each_plain_type(fn);
}

/// The dtype that a storage type stands for.
template <class S>
inline constexpr DType kStorageDType = dtype_of<S>;
template <>
inline constexpr DType kStorageDType<BoolByte> = DType::bool_;

template <class S>
inline constexpr bool kIsHalfType = std::is_same_v<S, Half> || std::is_same_v<S, BFloat16>;

/// The powers of two (or 0) at the ends of I: its least number, and what comes after its greatest.
template <class I, class F>
inline constexpr F kFirstOf = static_cast<F>(std::numeric_limits<I>::min());
template <class I, class F>
inline constexpr F kAfterLastOf = 2 * static_cast<F>(std::numeric_limits<I>::max() / 2 + 1);

/// Truncated; beyond the ends of I the nearest number that it has, and 0 for NaN.
template <class I, class F>
inline I saturate_to_integer(F value) {
  if (value >= kAfterLastOf<I, F>) return std::numeric_limits<I>::max();
  if (value <= kFirstOf<I, F>) return std::numeric_limits<I>::min();
  return value == value ? static_cast<I>(value) : I{0};
}

template <class To, class From>
inline To convert_element(From value) {
  if constexpr (std::is_same_v<To, From>) {
    return value;
  } else if constexpr (std::is_same_v<From, BoolByte>) {
    return static_cast<To>(value.byte != 0 ? 1 : 0);
  } else if constexpr (kIsHalfType<From>) {
    return convert_element<To>(static_cast<float>(value));
  } else if constexpr (std::is_same_v<To, BoolByte>) {
    return BoolByte{static_cast<uint8_t>(value != From{0} ? 1 : 0)};
  } else if constexpr (kIsHalfType<To>) {
    return To(static_cast<float>(value));
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    return saturate_to_integer<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

}  // namespace ct::cpu
