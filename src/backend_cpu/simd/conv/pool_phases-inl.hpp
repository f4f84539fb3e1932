// Rows of an image split by the windows' stride, for pooling with any window.
//
// With stride s, positions first, first + s, first + 2 s, … form phase 0, those one further phase
// 1, and so on. In a phase the elements that one tap of the window reads for neighbouring outputs
// lie next to each other, and what lies in the padding holds a neutral value: the loops over
// outputs have no bounds to check and a length that is a multiple of the vector.
#if defined(CT_BACKEND_CPU_SIMD_POOL_PHASES_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef CT_BACKEND_CPU_SIMD_POOL_PHASES_INL_HPP
#undef CT_BACKEND_CPU_SIMD_POOL_PHASES_INL_HPP
#else
#define CT_BACKEND_CPU_SIMD_POOL_PHASES_INL_HPP
#endif

#include <cstdint>

#include "backend_cpu/simd/conv/pool_kernels.hpp"
#include "core/view/integer.hpp"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {

// Outputs are worked on in runs of a multiple of this, the widest vector of 4-byte elements.
inline constexpr int64_t kRun = 16;
inline constexpr int64_t kLongestRun = 512;

HWY_INLINE int64_t WholeRuns(int64_t n) { return round_up(n, kRun); }

template <class T>
class Phases {
 public:
  static constexpr int64_t kCapacity = 4096;

  /// Outputs of a row that fit at once, a multiple of kRun; 0 if the window is too large.
  static int64_t Room(const PoolAxis& axis) {
    const int64_t room = kCapacity / axis.stride - Reach(axis) - 1;
    return HWY_MIN(room / kRun * kRun, kLongestRun);
  }

  /// For `n` <= Room() outputs from `begin` on.
  Phases(const PoolAxis& axis, int64_t begin, int64_t n)
      : stride_(axis.stride),
        in_(axis.in),
        first_(axis.start(begin)),
        length_(WholeRuns(n) + Reach(axis) + 1) {}

  void Fill(T value) {
    for (int64_t i = 0; i < stride_ * length_; ++i) values_[i] = value;
  }

  /// Takes a row; positions outside of it keep what Fill gave them.
  HWY_INLINE void Load(const T* row) {
    for (int64_t phase = 0; phase < stride_; ++phase) {
      const int64_t begin = Begin(phase);
      const int64_t end = End(phase);
      const T* HWY_RESTRICT from = row + first_ + phase;
      T* HWY_RESTRICT to = values_ + phase * length_;
      if (stride_ == 1) {
        for (int64_t i = begin; i < end; ++i) to[i] = from[i];
      } else if (stride_ == 2) {
        for (int64_t i = begin; i < end; ++i) to[i] = from[2 * i];
      } else {
        for (int64_t i = begin; i < end; ++i) to[i] = from[i * stride_];
      }
    }
  }

  /// Writes the positions that lie in the row.
  HWY_INLINE void Store(T* row) const {
    for (int64_t phase = 0; phase < stride_; ++phase) {
      const int64_t begin = Begin(phase);
      const int64_t end = End(phase);
      const T* HWY_RESTRICT from = values_ + phase * length_;
      T* HWY_RESTRICT to = row + first_ + phase;
      for (int64_t i = begin; i < end; ++i) to[i * stride_] = from[i];
    }
  }

  /// What tap k of the window reads for each output in turn.
  T* Tap(const PoolAxis& axis, int64_t k) {
    const int64_t offset = k * axis.dilation;
    return values_ + offset % stride_ * length_ + offset / stride_;
  }

 private:
  static int64_t Reach(const PoolAxis& axis) {
    return (axis.kernel - 1) * axis.dilation / axis.stride;
  }
  // Elements [Begin, End) of a phase lie in the row.
  int64_t Begin(int64_t phase) const {
    const int64_t before = -(first_ + phase);
    return before <= 0 ? 0 : HWY_MIN(length_, ceil_div(before, stride_));
  }
  int64_t End(int64_t phase) const {
    const int64_t room = in_ - 1 - first_ - phase;
    return room < 0 ? 0 : HWY_MIN(length_, room / stride_ + 1);
  }

  int64_t stride_, in_, first_, length_;
  HWY_ALIGN T values_[kCapacity];
};

/// best, index: updated by v[0], v[1], … at places place, place + stride, …; n a multiple of kRun.
template <class T>
HWY_INLINE void TakeLargerRun(const T* HWY_RESTRICT v, int32_t place, int32_t stride,
                              T* HWY_RESTRICT best, int32_t* HWY_RESTRICT index, int64_t n) {
  if constexpr (std::is_same_v<T, float>) {
    const hn::CappedTag<float, static_cast<size_t>(kRun)> d;
    const hn::RebindToSigned<decltype(d)> di;
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    auto places = hn::Add(hn::Mul(hn::Iota(di, 0), hn::Set(di, stride)), hn::Set(di, place));
    const auto step = hn::Set(di, stride * static_cast<int32_t>(lanes));
    for (int64_t i = 0; i < n; i += lanes) {
      auto b = hn::Load(d, best + i);
      auto p = hn::Load(di, index + i);
      TakeLarger(d, b, p, hn::LoadU(d, v + i), places);
      hn::Store(b, d, best + i);
      hn::Store(p, di, index + i);
      places = hn::Add(places, step);
    }
  } else {
    for (int64_t i = 0; i < n; ++i) {
      const bool wins = !(v[i] <= best[i]) && best[i] == best[i];
      best[i] = wins ? v[i] : best[i];
      index[i] = wins ? place + static_cast<int32_t>(i) * stride : index[i];
    }
  }
}

template <class T>
HWY_INLINE void AddRun(const T* HWY_RESTRICT v, T* HWY_RESTRICT sums, int64_t n) {
  const hn::CappedTag<T, static_cast<size_t>(kRun)> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t i = 0; i < n; i += lanes) {
    hn::StoreU(hn::Add(hn::LoadU(d, sums + i), hn::LoadU(d, v + i)), d, sums + i);
  }
}

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // include guard, once per target
