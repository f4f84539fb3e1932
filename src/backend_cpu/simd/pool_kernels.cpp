// See pool_kernels.hpp. A row of outputs is worked on tap by tap: each tap of the window is a run
// over the row, so any kernel, padding and dilation has long inner loops. 2x2 windows that do not
// overlap have their own kernels, for vectors as wide as the row allows.
#include "backend_cpu/simd/pool_kernels.hpp"

#include "backend_cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend_cpu/simd/pool_kernels.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// After highway.h: compiled once per target.
#include "backend_cpu/simd/loops-inl.hpp"
#include "backend_cpu/simd/pool_halves-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {
namespace {

// Outputs of a row worked on together: their state stays in the L1 cache over all taps.
constexpr int64_t kChunk = 512;

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
    const int64_t first = offset >= 0 ? 0 : (-offset + axis.stride - 1) / axis.stride;
    const int64_t room = axis.in - 1 - offset;
    const int64_t last = room < 0 ? 0 : room / axis.stride + 1;
    const int64_t low = HWY_MAX(begin, first);
    const int64_t high = HWY_MIN(end, last);
    if (low < high) fn(low * axis.stride + offset, low, high - low);
  }
}

/// Whether v takes the place of best: larger, a NaN before none, or nothing there yet.
template <class T>
HWY_INLINE bool Wins(T v, T best, int32_t index) {
  return (!(v <= best) && best == best) || index < 0;
}

/// best, index: updated by x[0], x[stride], … at places place, place + stride, …
template <class T>
HWY_INLINE void UpdateMax(const T* x, int64_t stride, int32_t place, T* best, int32_t* index,
                          int64_t n) {
  int64_t i = 0;
  if constexpr (std::is_same_v<T, float>) {
    const hn::ScalableTag<float> d;
    const hn::RebindToSigned<decltype(d)> di;
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    if (stride <= 2) {
      const auto step = hn::Set(di, static_cast<int32_t>(stride * lanes));
      auto places = hn::Iota(di, 0);
      if (stride == 2) places = hn::Add(places, places);
      places = hn::Add(places, hn::Set(di, place));
      // With stride 2 the last vector would read one element too far.
      for (; i + lanes + (stride - 1) <= n; i += lanes) {
        auto v = hn::Undefined(d);
        if (stride == 2) {
          auto odd = hn::Undefined(d);
          hn::LoadInterleaved2(d, x + 2 * i, v, odd);
        } else {
          v = hn::LoadU(d, x + i);
        }
        const auto b = hn::LoadU(d, best + i);
        const auto old = hn::LoadU(di, index + i);
        const auto wins = hn::Or(hn::And(hn::Not(hn::Le(v, b)), hn::Eq(b, b)),
                                 hn::RebindMask(d, hn::Lt(old, hn::Zero(di))));
        hn::StoreU(hn::IfThenElse(wins, v, b), d, best + i);
        hn::StoreU(hn::IfThenElse(hn::RebindMask(di, wins), places, old), di, index + i);
        places = hn::Add(places, step);
      }
    }
  }
  for (; i < n; ++i) {
    const T v = x[i * stride];
    const bool wins = Wins(v, best[i], index[i]);
    best[i] = wins ? v : best[i];
    index[i] = wins ? static_cast<int32_t>(place + i * stride) : index[i];
  }
}

template <class T>
void MaxForward(const PoolPlane& plane, const T* x, T* y, int32_t* indices, int64_t begin,
                int64_t end) {
  if constexpr (std::is_same_v<T, float>) {
    if (plane.halves()) {
      MaxHalvesForward(plane, x, y, indices, begin, end);
      return;
    }
  }
  const PoolAxis& w = plane.w;
  int32_t chunk[kChunk];
  for (int64_t o = begin; o < end; ++o) {
    for (int64_t from = 0; from < w.out; from += kChunk) {
      const int64_t to = HWY_MIN(w.out, from + kChunk);
      T* best = y + o * w.out;
      int32_t* index = indices == nullptr ? chunk : indices + o * w.out + from;
      for (int64_t i = from; i < to; ++i) {
        best[i] = Lowest<T>();
        index[i - from] = -1;
      }
      for (int64_t k = 0; k < plane.h.kernel; ++k) {
        const int64_t row = plane.h.start(o) + k * plane.h.dilation;
        if (row < 0 || row >= plane.h.in) continue;
        ForTaps(w, from, to, [&](int64_t position, int64_t i, int64_t n) HWY_ATTR {
          const int64_t place = row * w.in + position;
          UpdateMax(x + place, w.stride, static_cast<int32_t>(place), best + i,
                    index + (i - from), n);
        });
      }
    }
  }
}

template <class T>
HWY_INLINE void Fill(T* p, int64_t n, T value) {
  for (int64_t i = 0; i < n; ++i) p[i] = value;
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
  constexpr int64_t kBlock = 4096;  // in lanes; blocks add up in double
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  double total = 0;
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t end = HWY_MIN(n, begin + kBlock);
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
  for (int64_t o = begin; o < end; ++o) {
    T* out = y + o * w.out;
    for (int64_t from = 0; from < w.out; from += kChunk) {
      const int64_t to = HWY_MIN(w.out, from + kChunk);
      Fill(out + from, to - from, T{0});
      for (int64_t k = 0; k < plane.h.kernel; ++k) {
        const int64_t row = plane.h.start(o) + k * plane.h.dilation;
        if (row < 0 || row >= plane.h.in) continue;
        ForTaps(w, from, to, [&](int64_t position, int64_t i, int64_t n) HWY_ATTR {
          const T* source = x + row * w.in + position;
          T* target = out + i;
          if (w.stride == 1) {
            for (int64_t j = 0; j < n; ++j) target[j] += source[j];
          } else {
            for (int64_t j = 0; j < n; ++j) target[j] += source[j * w.stride];
          }
        });
      }
      for (int64_t i = from; i < to; ++i) out[i] /= counts_h[o] * counts_w[i];
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
  Fill(grad_x, size, T{0});
  T share[kChunk];
  for (int64_t o = 0; o < plane.h.out; ++o) {
    for (int64_t from = 0; from < w.out; from += kChunk) {
      const int64_t to = HWY_MIN(w.out, from + kChunk);
      for (int64_t i = from; i < to; ++i) {
        share[i - from] = grad_y[o * w.out + i] / (counts_h[o] * counts_w[i]);
      }
      for (int64_t k = 0; k < plane.h.kernel; ++k) {
        const int64_t row = plane.h.start(o) + k * plane.h.dilation;
        if (row < 0 || row >= plane.h.in) continue;
        ForTaps(w, from, to, [&](int64_t position, int64_t i, int64_t n) HWY_ATTR {
          T* target = grad_x + row * w.in + position;
          const T* source = share + (i - from);
          if (w.stride == 1) {
            for (int64_t j = 0; j < n; ++j) target[j] += source[j];
          } else {
            for (int64_t j = 0; j < n; ++j) target[j * w.stride] += source[j];
          }
        });
      }
    }
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
const MaxPoolKernels<uint8_t>& MaxUint8() { return kMaxTable<uint8_t>; }
const AveragePoolKernels<float>& AverageFloat() { return kAverageTable<float>; }
const AveragePoolKernels<double>& AverageDouble() { return kAverageTable<double>; }

}  // namespace
}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ct::cpu {

HWY_EXPORT(MaxFloat);
HWY_EXPORT(MaxDouble);
HWY_EXPORT(MaxInt32);
HWY_EXPORT(MaxInt64);
HWY_EXPORT(MaxUint8);
HWY_EXPORT(AverageFloat);
HWY_EXPORT(AverageDouble);

template <>
const MaxPoolKernels<float>& max_pool_kernels<float>() {
  return HWY_DYNAMIC_DISPATCH(MaxFloat)();
}
template <>
const MaxPoolKernels<double>& max_pool_kernels<double>() {
  return HWY_DYNAMIC_DISPATCH(MaxDouble)();
}
template <>
const MaxPoolKernels<int32_t>& max_pool_kernels<int32_t>() {
  return HWY_DYNAMIC_DISPATCH(MaxInt32)();
}
template <>
const MaxPoolKernels<int64_t>& max_pool_kernels<int64_t>() {
  return HWY_DYNAMIC_DISPATCH(MaxInt64)();
}
template <>
const MaxPoolKernels<uint8_t>& max_pool_kernels<uint8_t>() {
  return HWY_DYNAMIC_DISPATCH(MaxUint8)();
}
template <>
const AveragePoolKernels<float>& average_pool_kernels<float>() {
  return HWY_DYNAMIC_DISPATCH(AverageFloat)();
}
template <>
const AveragePoolKernels<double>& average_pool_kernels<double>() {
  return HWY_DYNAMIC_DISPATCH(AverageDouble)();
}

}  // namespace ct::cpu
#endif
