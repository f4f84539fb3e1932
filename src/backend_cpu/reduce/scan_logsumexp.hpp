// logsumexp as an operation of scan.cpp. A sum is kept as sum * exp(largest), in float64 for every
// type. Exponentials and logarithms are taken of whole blocks by the SIMD kernels, where no element
// is so special, or so far below the largest, that it must be looked at by itself.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "backend_cpu/simd/pointwise/pointwise_kernels.hpp"

namespace ct::cpu {

template <class T>
struct LogSumExp {
  struct State {
    double largest, sum;
  };
  static constexpr double kNone = -std::numeric_limits<double>::infinity();
  /// Elements of a block: in L1 with their exponentials.
  static constexpr int64_t kExpBlock = 256;
  /// A block whose elements are this far apart is not summed relative to its largest: logarithms of
  /// such small sums would lose digits.
  static constexpr double kFar = 64.0;

  static State of(T x) { return {static_cast<double>(x), 1.0}; }
  static State merge(const State& a, const State& b) {
    if (std::isnan(a.largest) || b.largest == kNone) return a;
    if (std::isnan(b.largest) || a.largest == kNone) return b;
    if (a.largest == b.largest) return {a.largest, a.sum + b.sum};
    return b.largest < a.largest
               ? State{a.largest, a.sum + b.sum * std::exp(b.largest - a.largest)}
               : State{b.largest, b.sum + a.sum * std::exp(a.largest - b.largest)};
  }
  static T value(const State& s) {
    return static_cast<T>(std::isfinite(s.largest) ? s.largest + std::log(s.sum) : s.largest);
  }

  /// Appends n elements, `step` apart, to the state; with `out`, writes the results.
  static void append(State& state, const T* in, int64_t n, int64_t step, T* out) {
    for (int64_t begin = 0; begin < n; begin += kExpBlock) {
      const int64_t count = std::min(kExpBlock, n - begin);
      const T* from = in + begin * step;
      T* to = out != nullptr ? out + begin * step : nullptr;
      if (append_block(state, from, count, step, to)) continue;
      for (int64_t i = 0; i < count; ++i) {
        state = merge(state, of(from[i * step]));
        if (to != nullptr) to[i * step] = value(state);
      }
    }
  }

  /// One more element for each of `count` states, and the results.
  static void append_row(State* states, const T* in, int64_t count, T* out) {
    double rest[kExpBlock];
    double sums[kExpBlock];
    unsigned special = 0;
    for (int64_t c = 0; c < count; ++c) {
      rest[c] = -std::abs(static_cast<double>(in[c]) - states[c].largest);
      special |= not_finite(rest[c]);
    }
    if (special != 0) {
      for (int64_t c = 0; c < count; ++c) {
        states[c] = merge(states[c], of(in[c]));
        out[c] = value(states[c]);
      }
      return;
    }
    exp()(rest, nullptr, nullptr, rest, count);
    for (int64_t c = 0; c < count; ++c) {
      const double x = static_cast<double>(in[c]);
      State& s = states[c];
      const bool larger = x > s.largest;
      s.sum = larger ? s.sum * rest[c] + 1.0 : s.sum + rest[c];
      s.largest = larger ? x : s.largest;
      sums[c] = s.sum;
    }
    log()(sums, nullptr, nullptr, sums, count);
    for (int64_t c = 0; c < count; ++c) out[c] = static_cast<T>(states[c].largest + sums[c]);
  }

 private:
  static unsigned not_finite(double x) { return static_cast<unsigned>(!(x - x == 0.0)); }
  static PointwiseKernel exp() { return kernel(Opcode::exp); }
  static PointwiseKernel log() { return kernel(Opcode::log); }
  static PointwiseKernel kernel(Opcode op) {
    return pointwise_kernels().op[compute_index(DType::float64)][static_cast<int>(op)][0];
  }

  /// False, and nothing done, if the block is not an ordinary one.
  static bool append_block(State& state, const T* in, int64_t n, int64_t step, T* out) {
    double x[kExpBlock];
    double low = state.largest;
    double high = state.largest;
    unsigned special = 0;
    for (int64_t i = 0; i < n; ++i) {
      x[i] = static_cast<double>(in[i * step]);
      low = std::min(low, x[i]);
      high = std::max(high, x[i]);
      special |= not_finite(x[i]);
    }
    if (special != 0 || !(high - low <= kFar)) return false;
    for (int64_t i = 0; i < n; ++i) x[i] -= high;
    exp()(x, nullptr, nullptr, x, n);
    double sum = state.sum * std::exp(state.largest - high);
    for (int64_t i = 0; i < n; ++i) {
      sum += x[i];
      x[i] = sum;
    }
    state = {high, sum};
    if (out == nullptr) return true;
    log()(x, nullptr, nullptr, x, n);
    for (int64_t i = 0; i < n; ++i) out[i * step] = static_cast<T>(high + x[i]);
    return true;
  }
};

}  // namespace ct::cpu
