// Distance in units in the last place, and the bits of floats.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace ct::test {

/// 0 for two NaN, huge for one.
template <class T>
double ulp_distance(T actual, double expected) {
  if (std::isnan(expected)) return std::isnan(actual) ? 0 : 1e30;
  const T rounded = static_cast<T>(expected);
  if (actual == rounded) return 0;
  if (!std::isfinite(actual) || !std::isfinite(rounded)) return 1e30;
  const T magnitude = std::max(std::abs(rounded), std::numeric_limits<T>::min());
  const double ulp = static_cast<double>(
      std::nextafter(magnitude, std::numeric_limits<T>::infinity()) - magnitude);
  return std::abs(static_cast<double>(actual) - expected) / ulp;
}

inline std::vector<uint32_t> bits_of_floats(const std::vector<float>& values) {
  std::vector<uint32_t> bits;
  for (const float v : values) bits.push_back(std::bit_cast<uint32_t>(v));
  return bits;
}

}  // namespace ct::test
