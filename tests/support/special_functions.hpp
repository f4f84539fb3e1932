// Functions that the C library lacks, in long double by the plainest way: the oracle of the tests.
// Written apart from the library's own (src/core/program/special_functions.cpp).
#pragma once

#include <cmath>
#include <limits>

namespace ct::test {

inline double digamma(double value) {
  if (value == 0) return std::copysign(std::numeric_limits<double>::infinity(), -value);
  if (value < 0 && value == std::floor(value)) return std::numeric_limits<double>::quiet_NaN();
  if (!std::isfinite(value)) return value;
  long double x = value, y = 0;
  for (; x < 80; x += 1) y -= 1 / x;
  const long double z = 1 / (x * x);
  return static_cast<double>(y + std::log(x) - 1 / (2 * x) -
                             z * (1.0L / 12 - z * (1.0L / 120 - z / 252)));
}

inline double polygamma(double n, double value) {
  if (!(n >= 0) || n != std::floor(n) || std::isnan(value)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  if (n == 0) return digamma(value);
  const bool odd = std::fmod(n, 2) == 1;
  if (value <= 0 && value == std::floor(value)) {
    return odd ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
  }
  if (std::isinf(value)) return odd ? 0.0 : -0.0;
  if (std::isinf(n)) return odd ? n : -n;
  long double x = value, sum = 0;
  const auto s = static_cast<long double>(n + 1);
  for (int k = 0; k < 100; ++k, x += 1) sum += std::pow(x, -s);
  const long double last = std::pow(x, -s), ratio = s / x;
  sum += last * (x / (s - 1) + 0.5L + ratio / 12 - ratio * (s + 1) * (s + 2) / (x * x) / 720);
  return static_cast<double>((odd ? 1 : -1) * std::tgamma(s) * sum);
}

/// By halving an interval.
inline double erfinv(double x) {
  const double a = std::abs(x);
  if (!(a < 1)) {
    return a == 1 ? std::copysign(std::numeric_limits<double>::infinity(), x)
                  : std::numeric_limits<double>::quiet_NaN();
  }
  if (a < 1e-8) return x * 0.886226925452758013649;  // sqrt(pi) / 2
  long double low = 0, high = 10;
  for (int i = 0; i < 120; ++i) {
    const long double y = (low + high) / 2;
    const bool below = a < 0.5 ? std::erf(y) < a : std::erfc(y) > 1 - static_cast<long double>(a);
    (below ? low : high) = y;
  }
  return std::copysign(static_cast<double>(low), x);
}

/// x Φ(x) with the normal distribution function Φ, and its derivative.
inline double gelu(double value) {
  const long double x = value;
  return std::isinf(value) ? std::fmax(value, 0)
                           : static_cast<double>(x * std::erfc(-x / std::sqrt(2.0L)) / 2);
}
inline double gelu_slope(double value) {
  if (std::isinf(value)) return value > 0 ? 1 : 0;
  const long double x = value, pi = std::acos(-1.0L);
  return static_cast<double>(std::erfc(-x / std::sqrt(2.0L)) / 2 +
                             x * std::exp(-x * x / 2) / std::sqrt(2 * pi));
}
/// The same with a logistic function of t = 2 sqrt(2 / pi) (x + 0.044715 x^3) for Φ.
inline double gelu_tanh(double value) {
  if (std::isinf(value)) return std::fmax(value, 0);
  const long double x = value, c = 2 * std::sqrt(2 / std::acos(-1.0L));
  const long double tail = std::exp(-std::abs(c * (x + 0.044715L * x * x * x)));
  return static_cast<double>(x * ((x < 0 ? tail : 1) / (1 + tail)));
}
inline double gelu_tanh_slope(double value) {
  if (std::abs(value) > 50) return value > 0 ? 1 : 0;
  const long double x = value, c = 2 * std::sqrt(2 / std::acos(-1.0L));
  const long double tail = std::exp(-std::abs(c * (x + 0.044715L * x * x * x)));
  const long double whole = 1 + tail;
  return static_cast<double>((x < 0 ? tail : 1) / whole +
                             x * c * (1 + 3 * 0.044715L * x * x) * tail / (whole * whole));
}

inline double remainder(double a, double b) {
  const double r = std::fmod(a, b);
  return r != 0 && std::signbit(r) != std::signbit(b) ? r + b : r;
}
/// PyTorch's definition: from the remainder, so that it is exact.
inline double floor_divide(double a, double b) {
  if (b == 0) return a / b;
  const double r = std::fmod(a, b);
  double q = (a - r) / b;
  if (r != 0 && std::signbit(r) != std::signbit(b)) q -= 1;
  if (q == 0) return std::copysign(0.0, a / b);
  const double whole = std::floor(q);
  return q - whole > 0.5 ? whole + 1 : whole;
}

}  // namespace ct::test
