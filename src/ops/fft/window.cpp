// Windows, computed on the host in double.
#include "customtensor/ops/window.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"

namespace ct {

namespace {

constexpr double kPi = 3.14159265358979323846;

/// value(i / N) for i = 0 … n - 1, N being n for periodic windows and n - 1 for symmetric ones.
template <class Value>
Tensor window(const char* name, int64_t n, bool periodic, const TensorOptions& options,
              const Value& value) {
  if (n < 0) throw ValueError(fmt::format("{}: a window of {} values", name, n));
  const DType dtype = options.dtype.value_or(float32);
  if (!is_floating(dtype)) {
    throw DTypeError(
        fmt::format("{}: windows are floating: {} cannot hold them", name, ct::name(dtype)));
  }
  std::vector<double> values(static_cast<size_t>(n), 1.0);
  const auto end = static_cast<double>(periodic ? n : n - 1);
  for (int64_t i = 0; i < n && n > 1; ++i) {
    values[static_cast<size_t>(i)] = value(static_cast<double>(i) / end);
  }
  TensorOptions with = options;
  with.dtype = dtype;
  return tensor(values, with);
}

/// The modified Bessel function I0 by its series, whose terms are all positive.
double bessel_i0(double x) {
  double sum = 1, term = 1;
  for (int k = 1; term > sum * 1e-17; ++k) {
    term *= x / (2 * k) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

}  // namespace

Tensor hann_window(int64_t n, bool periodic, const TensorOptions& options) {
  return window("hann_window", n, periodic, options,
                [](double t) { return 0.5 - 0.5 * std::cos(2 * kPi * t); });
}
Tensor hamming_window(int64_t n, bool periodic, double alpha, double beta,
                      const TensorOptions& options) {
  return window("hamming_window", n, periodic, options,
                [=](double t) { return alpha - beta * std::cos(2 * kPi * t); });
}
Tensor blackman_window(int64_t n, bool periodic, const TensorOptions& options) {
  return window("blackman_window", n, periodic, options, [](double t) {
    return 0.42 - 0.5 * std::cos(2 * kPi * t) + 0.08 * std::cos(4 * kPi * t);
  });
}
Tensor bartlett_window(int64_t n, bool periodic, const TensorOptions& options) {
  return window("bartlett_window", n, periodic, options,
                [](double t) { return 1 - std::abs(2 * t - 1); });
}
Tensor kaiser_window(int64_t n, bool periodic, double beta, const TensorOptions& options) {
  return window("kaiser_window", n, periodic, options, [=](double t) {
    const double x = 2 * t - 1;
    return bessel_i0(beta * std::sqrt(std::max(0.0, 1 - x * x))) / bessel_i0(beta);
  });
}

}  // namespace ct
