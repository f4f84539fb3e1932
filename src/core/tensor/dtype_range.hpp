// What dtypes can hold. Of floating ones the largest number below another, and how far they count;
// of whole numbers the least and the greatest.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "customtensor/dtype.hpp"

namespace ct {

/// Of a narrow type, by its bits.
template <class T>
double number_below(double high) {
  auto number = static_cast<float>(high);
  T narrow(number);
  if (static_cast<double>(static_cast<float>(narrow)) >= high) {
    // Bits of one sign are in the order of their numbers.
    constexpr uint16_t kSign = 0x8000;
    narrow.bits = (narrow.bits & ~kSign) == 0  ? uint16_t{kSign | 1}
                  : (narrow.bits & kSign) != 0 ? static_cast<uint16_t>(narrow.bits + 1)
                                               : static_cast<uint16_t>(narrow.bits - 1);
  }
  return static_cast<double>(static_cast<float>(narrow));
}

/// The largest number of a floating dtype that is less than `high`.
inline double number_below(double high, DType dtype) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  switch (dtype) {
    case DType::float16:
      return number_below<Half>(high);
    case DType::bfloat16:
      return number_below<BFloat16>(high);
    case DType::float32: {
      const auto number = static_cast<float>(high);
      return static_cast<double>(static_cast<double>(number) < high
                                     ? number
                                     : std::nextafter(number, static_cast<float>(-kInfinity)));
    }
    default:
      return std::nextafter(high, -kInfinity);
  }
}

/// As many whole numbers from 0 on does a floating dtype hold without gaps.
inline uint64_t whole_numbers(DType dtype) {
  switch (dtype) {
    case DType::float16:
      return uint64_t{1} << 11;
    case DType::bfloat16:
      return uint64_t{1} << 8;
    case DType::float32:
      return uint64_t{1} << 24;
    default:
      return uint64_t{1} << 53;
  }
}

/// The ends of an integer dtype, and of bool.
inline uint64_t greatest_number(DType dtype) {
  if (dtype == DType::bool_) return 1;
  const auto bits = static_cast<int>(8 * item_size(dtype));
  return ~uint64_t{0} >> (is_signed(dtype) ? 65 - bits : 64 - bits);
}
inline int64_t least_number(DType dtype) {
  return is_signed(dtype) ? -static_cast<int64_t>(greatest_number(dtype)) - 1 : 0;
}

}  // namespace ct
