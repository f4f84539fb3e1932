// Statistics of a normalisation and what they make of its backward.
//
// A mean is kept in T, which may be far coarser than the values are apart: at 1e4 a float32 takes
// steps of 1e-3. Statistics are double until the last, and what rounding took from the mean goes
// where it counts. Numbers whose squares leave float32 are rare; they are worked on in double, one
// by one.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "backend_cpu/simd/norm/norm_kernels.hpp"

namespace ct::cpu {

template <class T>
struct Affine {
  T mean, scale, bias;
};

/// The kernel subtracts the mean rounded to T: the rest of it goes to the bias.
template <class T>
Affine<T> affine_of(double mean, double rstd, T weight, T bias) {
  const T rounded = static_cast<T>(mean);
  const double scale = rstd * static_cast<double>(weight);
  return {
      rounded, static_cast<T>(scale),
      static_cast<T>(static_cast<double>(bias) - (mean - static_cast<double>(rounded)) * scale)};
}

inline double rstd_of(const Moments& moments, double eps) {
  return 1.0 / std::sqrt(moments.m2 / moments.count + eps);
}

/// The same about 0.
inline void move_to_zero(Moments& moments) {
  moments.m2 += moments.count * moments.mean * moments.mean;
  moments.mean = 0.0;
}

/// fn(offset) for every element of a slab.
template <class T, class F>
void for_elements(const Slab<T>& slab, const F& fn) {
  for (int64_t p = 0; p < slab.planes; ++p) {
    for (int64_t i = 0; i < slab.inner; ++i) fn(p * slab.stride + i);
  }
}

template <class T>
Moments moments_of(const NormKernels<T>& kernels, const Slab<T>& slab) {
  const Moments fast = kernels.moments(slab);
  if (std::is_same_v<T, double> || std::isfinite(fast.m2)) return fast;
  Moments exact{.count = static_cast<double>(slab.planes * slab.inner)};
  for_elements(slab, [&](int64_t i) { exact.mean += static_cast<double>(slab.x[i]); });
  exact.mean /= exact.count;
  for_elements(slab, [&](int64_t i) {
    const double distance = static_cast<double>(slab.x[i]) - exact.mean;
    exact.m2 += distance * distance;
  });
  return exact;
}

/// Whether rounding takes more from this mean than a float32 result of about 1 shows.
template <class T>
bool is_coarse(T mean, T rstd) {
  return std::abs(static_cast<double>(mean)) * static_cast<double>(rstd) > 64.0;
}

/// grad_x = g * a + (x - mean) * b + c
struct BackwardFactors {
  double mean, a, b, c;
  /// Whether T holds them: the factor of a large x - mean may be too small for it.
  template <class T>
  bool fit() const {
    return std::is_same_v<T, double> || b == 0.0 ||
           (std::abs(b) >= static_cast<double>(std::numeric_limits<T>::min()) &&
            std::abs(b) <= static_cast<double>(std::numeric_limits<T>::max()));
  }
};

/// grad_x = scale * (g - sum_g / n - normal * sum_gn / n). `rest` is what rounding took from the
/// mean; the sums are without it.
inline BackwardFactors factors_of(double mean, double rest, double rstd, double scale,
                                  const GradSums& sums, double n, bool given) {
  if (given) return {mean, scale, 0.0, 0.0};
  const double b = -scale * rstd * rstd * sums.gx / n;
  const double c = -scale * sums.g / n;
  return {mean, scale, b, rest == 0.0 ? c : c - rest * b};
}

template <class T>
void apply_backward(const NormKernels<T>& kernels, const Slab<T>& slab, const BackwardFactors& f) {
  if (f.fit<T>()) {
    kernels.apply_backward(slab, static_cast<T>(f.mean), static_cast<T>(f.a), static_cast<T>(f.b),
                           static_cast<T>(f.c));
    return;
  }
  for_elements(slab, [&](int64_t i) {
    slab.out[i] = static_cast<T>(static_cast<double>(slab.grad_y[i]) * f.a +
                                 (static_cast<double>(slab.x[i]) - f.mean) * f.b + f.c);
  });
}

template <class T>
void row_apply_backward(const NormKernels<T>& kernels, const T* grad_y, const T* x, const T* weight,
                        T* grad_x, int64_t d, const BackwardFactors& f) {
  if (f.fit<T>()) {
    kernels.row_apply_backward(grad_y, x, weight, grad_x, d, static_cast<T>(f.mean),
                               static_cast<T>(f.a), static_cast<T>(f.b), static_cast<T>(f.c));
    return;
  }
  for (int64_t i = 0; i < d; ++i) {
    const double g =
        static_cast<double>(grad_y[i]) * (weight == nullptr ? 1.0 : static_cast<double>(weight[i]));
    grad_x[i] = static_cast<T>(g * f.a + (static_cast<double>(x[i]) - f.mean) * f.b + f.c);
  }
}

}  // namespace ct::cpu
