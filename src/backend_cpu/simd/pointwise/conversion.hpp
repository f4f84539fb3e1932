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

/// Calls fn.template operator()<S, kDType>() for the storage type of each dtype.
template <class F>
void for_each_storage_type(F&& fn) {
  fn.template operator()<float, DType::float32>();
  fn.template operator()<double, DType::float64>();
  fn.template operator()<Half, DType::float16>();
  fn.template operator()<BFloat16, DType::bfloat16>();
  fn.template operator()<int32_t, DType::int32>();
  fn.template operator()<int64_t, DType::int64>();
  fn.template operator()<uint8_t, DType::uint8>();
  fn.template operator()<BoolByte, DType::bool_>();
}

/// The dtype that a storage type stands for.
template <class S>
inline constexpr DType kStorageDType = dtype_of<S>;
template <>
inline constexpr DType kStorageDType<BoolByte> = DType::bool_;

template <class S>
inline constexpr bool kIsHalfType = std::is_same_v<S, Half> || std::is_same_v<S, BFloat16>;

/// Truncated to int64, then wrapped to I. Out of int64's range, and for NaN: as if lowest int64.
template <class I, class F>
inline I wrap_to_integer(F value) {
  constexpr F kLimit = static_cast<F>(9223372036854775808.0);
  const int64_t whole = value >= -kLimit && value < kLimit ? static_cast<int64_t>(value)
                                                           : std::numeric_limits<int64_t>::min();
  return static_cast<I>(whole);
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
    return wrap_to_integer<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

}  // namespace ct::cpu
