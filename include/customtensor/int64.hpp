// Whole numbers of any type as int64: what does not fit is an error, and does not turn negative.
#pragma once

#include <concepts>
#include <cstdint>

#include "customtensor/export.hpp"

namespace ct::detail {

[[noreturn]] CT_API void throw_does_not_fit(uint64_t value);

/// Errors: ValueError for a number of 2^63 or more.
template <std::integral T>
constexpr int64_t to_int64(T value) {
  if constexpr (std::unsigned_integral<T> && sizeof(T) >= sizeof(int64_t)) {
    if (value > static_cast<T>(INT64_MAX)) throw_does_not_fit(static_cast<uint64_t>(value));
  }
  return static_cast<int64_t>(value);
}

}  // namespace ct::detail
