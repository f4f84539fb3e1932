// Names and promotion of dtypes, and the conversions of binary16.
#include "customtensor/dtype.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>

#include "customtensor/error.hpp"

namespace ct {

std::string_view name(DType dtype) {
  constexpr std::array<std::string_view, kDTypeCount> kNames = {
      "float32", "float64", "float16", "bfloat16", "int32",  "int64",     "uint8",     "bool",
      "int8",    "int16",   "uint16",  "uint32",   "uint64", "complex64", "complex128"};
  return kNames[static_cast<size_t>(dtype)];
}

std::ostream& operator<<(std::ostream& out, DType dtype) { return out << name(dtype); }

DType promote_types(DType a, DType b) {
  if (a == b) return a;
  if (is_complex(a) || is_complex(b)) {
    const bool wide = real_type(a) == DType::float64 || real_type(b) == DType::float64;
    return wide ? DType::complex128 : DType::complex64;
  }
  if (kind_of(a) != kind_of(b)) return kind_of(a) > kind_of(b) ? a : b;
  const size_t width = std::max(item_size(a), item_size(b));
  const DType wider = item_size(a) == width ? a : b;
  if (is_floating(a)) {
    // float16 and bfloat16 hold none of each other: float32 holds both.
    return item_size(a) == item_size(b) ? DType::float32 : wider;
  }
  if (is_signed(a) == is_signed(b)) return wider;
  const DType natural = is_signed(a) ? b : a;
  if (item_size(natural) < width) return wider;
  switch (natural) {
    case DType::uint8:
      return DType::int16;
    case DType::uint16:
      return DType::int32;
    case DType::uint32:
      return DType::int64;
    default:
      throw DTypeError(
          fmt::format("promote_types: no whole numbers hold both {} and {}; convert one of them "
                      "with .to(dtype)",
                      name(a), name(b)));
  }
}

Half::Half(float value) {
  const auto word = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>(word >> 16 & 0x8000U);
  const uint32_t magnitude = word & 0x7fffffffU;
  const auto rounded = [](uint32_t wide, uint32_t dropped_bits) {  // to nearest, ties to even
    const uint32_t half = 1U << (dropped_bits - 1);
    return (wide + half - 1 + (wide >> dropped_bits & 1U)) >> dropped_bits;
  };
  uint32_t result = 0;
  if (magnitude > 0x7f800000U) {
    result = 0x7e00U | (magnitude >> 13 & 0x3ffU);  // a quiet NaN with the payload's top
  } else if (magnitude >= 0x477ff000U) {
    result = 0x7c00U;  // from halfway beyond the largest, 65520: infinity
  } else if (magnitude >= 0x38800000U) {
    result = rounded(magnitude - 0x38000000U, 13);  // rounding up may carry into the exponent
  } else if (magnitude > 0x33000000U) {
    // Below 2^-14: a multiple of 2^-24. The mantissa with its leading one moves right.
    const uint32_t exponent = magnitude >> 23;
    result = rounded((magnitude & 0x7fffffU) | 0x800000U, 126 - exponent);
  }  // up to 2^-25: zero
  bits = static_cast<uint16_t>(sign | result);
}

Half::operator float() const {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000U) << 16;
  const uint32_t exponent = bits >> 10 & 0x1fU;
  const uint32_t mantissa = bits & 0x3ffU;
  if (exponent == 0) {  // zero or a multiple of 2^-24: exact in float32
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24F;
    return std::bit_cast<float>(std::bit_cast<uint32_t>(magnitude) | sign);
  }
  const uint32_t wide = exponent == 0x1fU ? 0xffU : exponent + 112;
  return std::bit_cast<float>(sign | wide << 23 | mantissa << 13);
}

}  // namespace ct
