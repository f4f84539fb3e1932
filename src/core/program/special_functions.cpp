// digamma and polygamma step x up to where their asymptotic series converge, and reflect negative
// x; erfinv refines a closed formula by Halley's method; the normal distribution follows from erfc.
#include "core/program/special_functions.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <numbers>

namespace ct::special {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kPi = std::numbers::pi;

/// B(2k) for k = 1, 2, …
constexpr std::array kBernoulli = {1.0 / 6,  -1.0 / 30,     1.0 / 42, -1.0 / 30,
                                   5.0 / 66, -691.0 / 2730, 7.0 / 6,  -3617.0 / 510};

/// cot(pi x), exact at halves.
double cot_pi(double x) {
  const double fraction = x - std::nearbyint(x);
  return std::abs(fraction) == 0.5 ? 0.0 : 1 / std::tan(kPi * fraction);
}

/// n! x^-s for whole n, s, also where one of the two is out of range. `factorial` is n!.
double factorial_power(double n, double factorial, double x, double s) {
  const double power = std::pow(x, -s);
  if (factorial < kInfinity && !(std::abs(power) < 1e-290)) return factorial * power;
  const double magnitude = std::exp(lgamma(n + 1) - s * std::log(std::abs(x)));
  return std::copysign(magnitude, power);
}

/// n! times the sum of (x + k)^-s over k >= 0, s = n + 1, for whole n >= 1 and x not 0, -1, …, by
/// Euler and Maclaurin.
double factorial_zeta(double n, double x) {
  const double s = n + 1;
  const double enough = 12 + s;
  const double factorial = std::tgamma(s);
  double sum = 0;
  for (; x < enough; ++x) {
    const double term = factorial_power(n, factorial, x, s);
    sum += term;
    if (x > 1 && !(term > 1e-18 * std::abs(sum))) return sum;  // or inf, NaN
  }
  const double lower = factorial_power(n, factorial, x, n);  // not x^-s, which vanishes first
  const double power = lower / x;
  sum += lower / n + 0.5 * power;
  double factor = power * s / x / 2;  // s … (s + 2k - 2) x^(-s - 2k + 1) / (2k)!
  double k = 1;
  for (const double bernoulli : kBernoulli) {
    sum += bernoulli * factor;
    factor *= (s + 2 * k - 1) * (s + 2 * k) / (x * x * (2 * k + 1) * (2 * k + 2));
    ++k;
  }
  return sum;
}

/// Derivative number n of pi cot(pi x), which is a polynomial in c = cot(pi x): p becomes
/// -pi (1 + c^2) p'. For n <= kMostReflected.
constexpr int kMostReflected = 30;
double cot_derivative(int n, double x) {
  std::array<double, kMostReflected + 3> p{0, kPi};
  for (int step = 0; step < n; ++step) {
    std::array<double, kMostReflected + 3> next{};
    for (int i = 1; i <= step + 1; ++i) {
      const double slope = -kPi * i * p[static_cast<size_t>(i)];
      next[static_cast<size_t>(i) - 1] += slope;
      next[static_cast<size_t>(i) + 1] += slope;
    }
    p = next;
  }
  const double c = cot_pi(x);
  double sum = 0;
  for (int i = n + 1; i >= 0; --i) sum = sum * c + p[static_cast<size_t>(i)];
  return sum;
}

}  // namespace

double lgamma(double x) {
#if defined(__unix__) || defined(__APPLE__)
  int sign = 0;
  return ::lgamma_r(x, &sign);
#else
  return std::lgamma(x);
#endif
}

double digamma(double x) {
  if (x == 0) return std::copysign(kInfinity, -x);
  if (x < 0) {
    if (x == std::floor(x)) return kNan;
    return digamma(1 - x) - kPi * cot_pi(x);
  }
  double y = 0;
  for (; x < 10; ++x) y -= 1 / x;
  const double z = 1 / (x * x);
  double tail = 0;
  for (size_t k = kBernoulli.size(); k-- > 0;) {
    tail = z * (tail + kBernoulli[k] / (2.0 * static_cast<double>(k + 1)));
  }
  return x == kInfinity ? x : y + std::log(x) - 0.5 / x - tail;
}

double polygamma(double n, double x) {
  if (!(n >= 0) || n != std::floor(n) || std::isnan(x)) return kNan;
  if (n == 0) return digamma(x);
  const bool odd = std::fmod(n, 2) == 1;
  if (x <= 0) {
    if (x == std::floor(x)) return odd ? kInfinity : -kInfinity;
    if (n <= kMostReflected) {
      const double mirrored = polygamma(n, 1 - x);
      return (odd ? -mirrored : mirrored) - cot_derivative(static_cast<int>(n), x);
    }
    // Of such high powers only the terms about 0 count.
    if (x < -4) x -= std::floor(x + 4);
  }
  const double magnitude = x == kInfinity ? 0 : n == kInfinity ? n : factorial_zeta(n, x);
  return odd ? magnitude : -magnitude;
}

double erfinv(double x) {
  if (!(std::abs(x) < 1)) return std::abs(x) == 1 ? std::copysign(kInfinity, x) : kNan;
  if (x == 0) return x;
  // Winitzki's formula: relative error 2e-3. Each step of Halley's method triples the digits.
  const double a = std::abs(x);
  const double w = std::log1p(-a * a);
  const double u = 2 / (kPi * 0.147) + w / 2;
  double y = std::sqrt(-w / 0.147 / (u + std::sqrt(u * u - w / 0.147)));
  for (int step = 0; step < 3; ++step) {
    // 1 - a is exact where erf is close to 1.
    const double error = a < 0.5 ? std::erf(y) - a : (1 - a) - std::erfc(y);
    const double newton = error * std::exp(y * y) / (2 * std::numbers::inv_sqrtpi);
    y -= newton / (1 + y * newton);
  }
  return std::copysign(y, x);
}

double normal_cdf(double x) {
  // Far out, erfc(u) changes 2 u^2 times as fast as u: what rounding u lost is put right.
  constexpr double kRootHigh = 0.5 * std::numbers::sqrt2;
  constexpr double kRootLow = -4.833646656726457e-17;
  const double u = -x * kRootHigh;
  const double half = 0.5 * std::erfc(u);
  if (!(u > 1 && u < 30)) return half;
  const double lost = std::fma(-x, kRootHigh, -u) - x * kRootLow;
  return half - lost * std::numbers::inv_sqrtpi * std::exp(-u * u);
}

double gelu(double x) { return x < -40 ? 0 : x * normal_cdf(x); }

double gelu_slope(double x) {
  if (std::abs(x) > 40) return x < 0 ? 0 : 1;
  // Rounding the square would cost 800 ulp. That of 24 bits is exact.
  const auto high = static_cast<double>(static_cast<float>(x));
  const double rest = -0.5 * (x - high) * (x + high);
  constexpr double kAtZero = std::numbers::inv_sqrtpi / std::numbers::sqrt2;
  return normal_cdf(x) + x * (kAtZero * std::exp(-0.5 * high * high) * std::exp(rest));
}

namespace {

/// With t = 2 sqrt(2 / pi) (x + 0.044715 x^3): x t', exp(-|t|).
struct Logistic {
  double rise, tail;
};
Logistic logistic(double x) {
  constexpr double kFirst = 2 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
  const double cubic = 0.044715 * x * x;
  return {kFirst * x * (1 + 3 * cubic), std::exp(-std::abs(kFirst * x * (1 + cubic)))};
}

}  // namespace

double gelu_tanh(double x) {
  if (x < -30) return 0;
  const double tail = logistic(x).tail;
  return x * ((x < 0 ? tail : 1) / (1 + tail));
}

double gelu_tanh_slope(double x) {
  if (std::abs(x) > 30) return x < 0 ? 0 : 1;
  const Logistic at = logistic(x);
  const double whole = 1 + at.tail;
  return ((x < 0 ? at.tail : 1) + at.rise * (at.tail / whole)) / whole;
}

double remainder(double a, double b) {
  const double r = std::fmod(a, b);
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

double floor_divide(double a, double b) {
  if (b == 0) return a / b;
  const double r = std::fmod(a, b);
  double quotient = (a - r) / b;
  if (r != 0 && (r < 0) != (b < 0)) quotient -= 1;
  if (quotient == 0) return std::copysign(0.0, a / b);
  const double whole = std::floor(quotient);
  return quotient - whole > 0.5 ? whole + 1 : whole;
}

}  // namespace ct::special
