// See pool_kernels.hpp. A row of outputs is worked on tap by tap: each tap of the window is a run
// of pool_phases-inl.hpp over the row, so any kernel, stride, padding and dilation has long inner
// loops. 2x2 windows that do not overlap and windows that cover the plane have kernels of their
// own.
#include "backend_cpu/simd/conv/pool_kernels.hpp"

#include "backend_cpu/simd/dispatch.hpp"
#include "backend_cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend_cpu/simd/conv/pool_kernels.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// After highway.h: compiled once per target.
#include "backend_cpu/simd/conv/pool_halves-inl.hpp"
#include "backend_cpu/simd/conv/pool_phases-inl.hpp"
#include "backend_cpu/simd/pointwise/loops-inl.hpp"
#include "core/view/integer.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {
namespace {

template <class T>
constexpr T Lowest() {
  if constexpr (std::numeric_limits<T>::has_infinity) return -std::numeric_limits<T>::infinity();
  return std::numeric_limits<T>::lowest();
}

/// Calls fn(position, o, n): outputs o … o + n - 1 read positions position, position + stride, …
/// of the axis for one tap; the others of [begin, end) have their tap in the padding.
template <class F>
HWY_INLINE void ForTaps(const PoolAxis& axis, int64_t begin, int64_t end, const F& fn) {
  for (int64_t k = 0; k < axis.kernel; ++k) {
    const int64_t offset = k * axis.dilation - axis.padding;
    const int64_t first = offset >= 0 ? 0 : ceil_div(-offset, axis.stride);
    const int64_t room = axis.in - 1 - offset;
    const int64_t last = room < 0 ? 0 : room / axis.stride + 1;
    const int64_t low = HWY_MAX(begin, first);
    const int64_t high = HWY_MIN(end, last);
    if (low < high) fn(low * axis.stride + offset, low, high - low);
  }
}

template <class T>
HWY_INLINE void Fill(T* p, int64_t n, T value) {
  for (int64_t i = 0; i < n; ++i) p[i] = value;
}

/// best = v where v is larger, or NaN and best is not.
template <class T>
HWY_INLINE void TakeLargerScalar(T v, int32_t v_place, T& best, int32_t& place) {
  const bool wins = !(v <= best) && best == best;
  best = wins ? v : best;
  place = wins ? v_place : place;
}

/// The largest of a plane of n > 0 elements and its place.
template <class T>
HWY_INLINE void PlaneMax(const T* x, int64_t n, T& best, int32_t& place) {
  best = x[0];
  place = 0;
  int64_t i = 1;
  if constexpr (std::is_floating_point_v<T>) {
    const hn::ScalableTag<T> d;
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    // Skips vectors with nothing larger and no NaN: nearly all.
    for (; i + lanes <= n && best == best; i += lanes) {
      if (hn::AllTrue(d, hn::Le(hn::LoadU(d, x + i), hn::Set(d, best)))) continue;
      for (int64_t j = i; j < i + lanes; ++j) {
        TakeLargerScalar(x[j], static_cast<int32_t>(j), best, place);
      }
    }
  }
  for (; i < n; ++i) TakeLargerScalar(x[i], static_cast<int32_t>(i), best, place);
}

/// The first place of the window at `o` that is not padding, or -1.
HWY_INLINE int64_t FirstInside(const PoolAxis& axis, int64_t o) {
  for (int64_t k = 0; k < axis.kernel; ++k) {
    const int64_t position = axis.start(o) + k * axis.dilation;
    if (position >= axis.in) return -1;
    if (position >= 0) return position;
  }
  return -1;
}

/// Windows too large for phases.
template <class T>
HWY_INLINE void MaxRowScalar(const PoolPlane& plane, const T* x, int64_t o, T* y, int32_t* index) {
  for (int64_t i = 0; i < plane.w.out; ++i) {
    const int64_t h = FirstInside(plane.h, o);
    const int64_t w = FirstInside(plane.w, i);
    T best = Lowest<T>();
    auto place = static_cast<int32_t>(h < 0 || w < 0 ? -1 : h * plane.w.in + w);
    for (int64_t k = 0; k < plane.h.kernel; ++k) {
      const int64_t row = plane.h.start(o) + k * plane.h.dilation;
      if (row < 0 || row >= plane.h.in) continue;
      ForTaps(plane.w, i, i + 1, [&](int64_t position, int64_t, int64_t) HWY_ATTR {
        const int64_t at = row * plane.w.in + position;
        TakeLargerScalar(x[at], static_cast<int32_t>(at), best, place);
      });
    }
    y[i] = best;
    if (index != nullptr) index[i] = place;
  }
}

template <class T>
void MaxForward(const PoolPlane& plane, const T* x, T* y, int32_t* indices, int64_t begin,
                int64_t end) {
  const PoolAxis& w = plane.w;
  if (plane.whole()) {
    int32_t place = 0;
    PlaneMax(x, plane.h.in * w.in, y[0], place);
    if (indices != nullptr) indices[0] = place;
    return;
  }
  if constexpr (std::is_same_v<T, float>) {
    if (plane.halves()) {
      MaxHalvesForward(plane, x, y, indices, begin, end);
      return;
    }
  }
  const int64_t room = Phases<T>::Room(w);
  if (room <= 0) {
    for (int64_t o = begin; o < end; ++o) {
      MaxRowScalar(plane, x, o, y + o * w.out, indices == nullptr ? nullptr : indices + o * w.out);
    }
    return;
  }
  HWY_ALIGN T best[kLongestRun];
  HWY_ALIGN int32_t index[kLongestRun];
  HWY_ALIGN int32_t first[kLongestRun] = {};  // column of the first tap inside
  for (int64_t from = 0; from < w.out; from += room) {
    const int64_t n = HWY_MIN(room, w.out - from);
    const int64_t run = WholeRuns(n);
    for (int64_t i = 0; i < n; ++i) first[i] = static_cast<int32_t>(FirstInside(w, from + i));
    Phases<T> phases(w, from, n);
    phases.Fill(Lowest<T>());
    for (int64_t o = begin; o < end; ++o) {
      const int64_t top = FirstInside(plane.h, o);
      for (int64_t i = 0; i < run; ++i) {
        best[i] = Lowest<T>();
        index[i] = top < 0 || first[i] < 0 ? -1 : static_cast<int32_t>(top * w.in) + first[i];
      }
      for (int64_t k = 0; k < plane.h.kernel; ++k) {
        const int64_t row = plane.h.start(o) + k * plane.h.dilation;
        if (row < 0 || row >= plane.h.in) continue;
        phases.Load(x + row * w.in);
        for (int64_t q = 0; q < w.kernel; ++q) {
          const int64_t place = row * w.in + w.start(from) + q * w.dilation;
          TakeLargerRun(phases.Tap(w, q), static_cast<int32_t>(place),
                        static_cast<int32_t>(w.stride), best, index, run);
        }
      }
      T* out = y + o * w.out + from;
      for (int64_t i = 0; i < n; ++i) out[i] = best[i];
      if (indices == nullptr) continue;
      int32_t* places = indices + o * w.out + from;
      for (int64_t i = 0; i < n; ++i) places[i] = index[i];
    }
  }
}

template <class T>
void MaxBackward(const PoolPlane& plane, const T* grad_y, const int32_t* indices, T* grad_x) {
  if constexpr (std::is_same_v<T, float>) {
    if (plane.halves()) {
      MaxHalvesBackward(plane, grad_y, indices, grad_x);
      return;
    }
  }
  const int64_t size = plane.h.in * plane.w.in;
  Fill(grad_x, size, T{0});
  for (int64_t i = 0; i < plane.h.out * plane.w.out; ++i) {
    // A window in the padding alone has no winner, index -1.
    const auto at = static_cast<uint32_t>(indices[i]);
    if (at < static_cast<uint64_t>(size)) grad_x[at] = static_cast<T>(grad_x[at] + grad_y[i]);
  }
}

template <class T>
T PlaneSum(const T* x, int64_t n) {
  constexpr int64_t kSumBlock = 4096;  // in lanes; blocks add up in double
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  double total = 0;
  for (int64_t begin = 0; begin < n; begin += kSumBlock) {
    const int64_t end = HWY_MIN(n, begin + kSumBlock);
    auto s0 = hn::Zero(d);
    auto s1 = s0;
    int64_t i = begin;
    for (; i + 2 * lanes <= end; i += 2 * lanes) {
      s0 = hn::Add(s0, hn::LoadU(d, x + i));
      s1 = hn::Add(s1, hn::LoadU(d, x + i + lanes));
    }
    if (i + lanes <= end) {
      s0 = hn::Add(s0, hn::LoadU(d, x + i));
      i += lanes;
    }
    if (i < end) s1 = hn::Add(s1, LoadFirst(d, x + i, static_cast<size_t>(end - i)));
    total += static_cast<double>(hn::GetLane(hn::SumOfLanes(d, hn::Add(s0, s1))));
  }
  return static_cast<T>(total);
}

/// Windows too large for phases.
template <class T>
HWY_INLINE void AverageRowScalar(const PoolPlane& plane, T count_h, const T* counts_w, const T* x,
                                 int64_t o, T* y) {
  T* out = y + o * plane.w.out;
  Fill(out, plane.w.out, T{0});
  for (int64_t k = 0; k < plane.h.kernel; ++k) {
    const int64_t row = plane.h.start(o) + k * plane.h.dilation;
    if (row < 0 || row >= plane.h.in) continue;
    ForTaps(plane.w, 0, plane.w.out, [&](int64_t position, int64_t i, int64_t n) HWY_ATTR {
      const T* source = x + row * plane.w.in + position;
      for (int64_t j = 0; j < n; ++j) out[i + j] += source[j * plane.w.stride];
    });
  }
  for (int64_t i = 0; i < plane.w.out; ++i) out[i] /= count_h * counts_w[i];
}

template <class T>
void AverageForward(const PoolPlane& plane, const T* counts_h, const T* counts_w, const T* x, T* y,
                    int64_t begin, int64_t end) {
  const PoolAxis& w = plane.w;
  if (plane.whole()) {
    y[0] = PlaneSum(x, plane.h.in * w.in) / (counts_h[0] * counts_w[0]);
    return;
  }
  if constexpr (std::is_same_v<T, float>) {
    if (plane.halves()) {
      AverageHalvesForward(plane, x, y, begin, end);
      return;
    }
  }
  const int64_t room = Phases<T>::Room(w);
  if (room <= 0) {
    for (int64_t o = begin; o < end; ++o) AverageRowScalar(plane, counts_h[o], counts_w, x, o, y);
    return;
  }
  HWY_ALIGN T sums[kLongestRun];
  for (int64_t from = 0; from < w.out; from += room) {
    const int64_t n = HWY_MIN(room, w.out - from);
    Phases<T> phases(w, from, n);
    phases.Fill(T{0});
    for (int64_t o = begin; o < end; ++o) {
      Fill(sums, WholeRuns(n), T{0});
      for (int64_t k = 0; k < plane.h.kernel; ++k) {
        const int64_t row = plane.h.start(o) + k * plane.h.dilation;
        if (row < 0 || row >= plane.h.in) continue;
        phases.Load(x + row * w.in);
        for (int64_t q = 0; q < w.kernel; ++q) AddRun(phases.Tap(w, q), sums, WholeRuns(n));
      }
      T* out = y + o * w.out + from;
      for (int64_t i = 0; i < n; ++i) out[i] = sums[i] / (counts_h[o] * counts_w[from + i]);
    }
  }
}

/// Windows or rows too large for phases.
template <class T>
HWY_INLINE void AverageBackwardScalar(const PoolPlane& plane, const T* counts_h, const T* counts_w,
                                      const T* grad_y, T* grad_x) {
  const PoolAxis& w = plane.w;
  Fill(grad_x, plane.h.in * w.in, T{0});
  for (int64_t o = 0; o < plane.h.out; ++o) {
    for (int64_t k = 0; k < plane.h.kernel; ++k) {
      const int64_t row = plane.h.start(o) + k * plane.h.dilation;
      if (row < 0 || row >= plane.h.in) continue;
      ForTaps(w, 0, w.out, [&](int64_t position, int64_t i, int64_t n) HWY_ATTR {
        T* target = grad_x + row * w.in + position;
        for (int64_t j = i; j < i + n; ++j) {
          target[(j - i) * w.stride] += grad_y[o * w.out + j] / (counts_h[o] * counts_w[j]);
        }
      });
    }
  }
}

template <class T>
void AverageBackward(const PoolPlane& plane, const T* counts_h, const T* counts_w, const T* grad_y,
                     T* grad_x) {
  const PoolAxis& w = plane.w;
  const int64_t size = plane.h.in * w.in;
  if (plane.whole()) {
    Fill(grad_x, size, static_cast<T>(grad_y[0] / (counts_h[0] * counts_w[0])));
    return;
  }
  if constexpr (std::is_same_v<T, float>) {
    if (plane.halves()) {
      AverageHalvesBackward(plane, grad_y, grad_x);
      return;
    }
  }
  if (w.out > Phases<T>::Room(w)) {
    AverageBackwardScalar(plane, counts_h, counts_w, grad_y, grad_x);
    return;
  }
  // Row by row of x: the shares of all windows that cover it, tap by tap.
  HWY_ALIGN T share[kLongestRun];
  Phases<T> phases(w, 0, w.out);
  const int64_t run = WholeRuns(w.out);
  Fill(share, run, T{0});
  for (int64_t row = 0; row < plane.h.in; ++row) {
    phases.Fill(T{0});
    for (int64_t k = 0; k < plane.h.kernel; ++k) {
      const int64_t above = row + plane.h.padding - k * plane.h.dilation;
      const int64_t o = above / plane.h.stride;
      if (above < 0 || above % plane.h.stride != 0 || o >= plane.h.out) continue;
      for (int64_t i = 0; i < w.out; ++i) {
        share[i] = grad_y[o * w.out + i] / (counts_h[o] * counts_w[i]);
      }
      for (int64_t q = 0; q < w.kernel; ++q) AddRun(share, phases.Tap(w, q), run);
    }
    T* target = grad_x + row * w.in;
    Fill(target, w.in, T{0});  // columns that no window covers
    phases.Store(target);
  }
}

template <class T>
constexpr MaxPoolKernels<T> kMaxTable = {MaxForward<T>, MaxBackward<T>};
template <class T>
constexpr AveragePoolKernels<T> kAverageTable = {AverageForward<T>, AverageBackward<T>};

const MaxPoolKernels<float>& MaxFloat() { return kMaxTable<float>; }
const MaxPoolKernels<double>& MaxDouble() { return kMaxTable<double>; }
const MaxPoolKernels<int32_t>& MaxInt32() { return kMaxTable<int32_t>; }
const MaxPoolKernels<int64_t>& MaxInt64() { return kMaxTable<int64_t>; }
const MaxPoolKernels<uint64_t>& MaxUint64() { return kMaxTable<uint64_t>; }
const MaxPoolKernels<uint8_t>& MaxUint8() { return kMaxTable<uint8_t>; }
const AveragePoolKernels<float>& AverageFloat() { return kAverageTable<float>; }
const AveragePoolKernels<double>& AverageDouble() { return kAverageTable<double>; }

}  // namespace
}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ct::cpu {

CT_SIMD_TABLE(MaxPoolKernels, max_pool_kernels, float, MaxFloat);
CT_SIMD_TABLE(MaxPoolKernels, max_pool_kernels, double, MaxDouble);
CT_SIMD_TABLE(MaxPoolKernels, max_pool_kernels, int32_t, MaxInt32);
CT_SIMD_TABLE(MaxPoolKernels, max_pool_kernels, int64_t, MaxInt64);
CT_SIMD_TABLE(MaxPoolKernels, max_pool_kernels, uint64_t, MaxUint64);
CT_SIMD_TABLE(MaxPoolKernels, max_pool_kernels, uint8_t, MaxUint8);
CT_SIMD_TABLE(AveragePoolKernels, average_pool_kernels, float, AverageFloat);
CT_SIMD_TABLE(AveragePoolKernels, average_pool_kernels, double, AverageDouble);

}  // namespace ct::cpu
#endif
