// Roots of unity, right to the last digit: 1, i and their like are exact, so that transforms of
// what has no imaginary part have none either, on every device.
#pragma once

#include <cmath>
#include <cstdint>
#include <utility>

namespace ct {

/// exp(-2πi k / n), from the nearest eighth of a turn, so that it is right to the last digit.
inline std::pair<double, double> unit_root(int64_t k, int64_t n) {
  constexpr double kPi = 3.14159265358979323846;
  k %= n;
  const int64_t eighth = (8 * k + n / 2) / n;  // 0 … 8
  const double rest =
      2 * kPi * (static_cast<double>(8 * k - eighth * n) / 8) / static_cast<double>(n);
  const double c = std::cos(rest), s = -std::sin(rest);
  const double h = std::sqrt(0.5);
  switch (eighth % 8) {
    case 0:
      return {c, s};
    case 1:
      return {h * (c + s), h * (s - c)};
    case 2:
      return {s, -c};
    case 3:
      return {h * (s - c), -h * (c + s)};
    case 4:
      return {-c, -s};
    case 5:
      return {-h * (c + s), h * (c - s)};
    case 6:
      return {-s, c};
    default:
      return {h * (c - s), h * (c + s)};
  }
}

}  // namespace ct
