// The kernels of resample_kernels.hpp.
#include "backend_cpu/simd/resample/resample_kernels.hpp"

#include "backend_cpu/simd/dispatch.hpp"
#include "backend_cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend_cpu/simd/resample/resample_kernels.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {
namespace resample {

namespace hn = hwy::HWY_NAMESPACE;

template <class T>
using Tag = hn::ScalableTag<T>;
template <class T>
inline constexpr int64_t kLanes = static_cast<int64_t>(hn::MaxLanes(Tag<T>()));

/// Indices as wide as T.
template <class D>
HWY_INLINE auto load_index(const int32_t* index) {
  const hn::RebindToSigned<D> wide;
  if constexpr (sizeof(hn::TFromD<D>) == sizeof(int32_t)) {
    return hn::LoadU(wide, index);
  } else {
    return hn::PromoteTo(wide, hn::LoadU(hn::Rebind<int32_t, D>(), index));
  }
}

template <class T>
void gather(const T* HWY_RESTRICT x, const int32_t* HWY_RESTRICT index,
            const T* HWY_RESTRICT weight, int64_t taps, int64_t n, T* HWY_RESTRICT y) {
  const Tag<T> d;
  const hn::RebindToSigned<Tag<T>> di;
  int64_t o = 0;
  for (; o + kLanes<T> <= n; o += kLanes<T>) {
    auto sum = hn::Zero(d);
    for (int64_t k = 0; k < taps; ++k) {
      const auto at = load_index<Tag<T>>(index + k * n + o);
      const auto seen = hn::GatherIndex(d, x, hn::Max(at, hn::Zero(di)));
      const auto value = hn::IfThenZeroElse(hn::RebindMask(d, hn::Lt(at, hn::Zero(di))), seen);
      sum = weight == nullptr ? hn::Add(sum, value)
                              : hn::MulAdd(hn::LoadU(d, weight + k * n + o), value, sum);
    }
    hn::StoreU(sum, d, y + o);
  }
  for (; o < n; ++o) {
    T sum = 0;
    for (int64_t k = 0; k < taps; ++k) {
      const int32_t at = index[k * n + o];
      if (at >= 0) sum += weight == nullptr ? x[at] : weight[k * n + o] * x[at];
    }
    y[o] = sum;
  }
}

/// With the number of taps known there is no loop inside; 0: any number.
template <class T, int kTaps>
HWY_INLINE void combine_taps(const T* const* HWY_RESTRICT rows, const T* HWY_RESTRICT weights,
                             int64_t taps, int64_t n, T* HWY_RESTRICT y) {
  const Tag<T> d;
  const int64_t count = kTaps > 0 ? kTaps : taps;
  int64_t i = 0;
  for (; i + kLanes<T> <= n; i += kLanes<T>) {
    auto sum = hn::Mul(hn::Set(d, weights[0]), hn::LoadU(d, rows[0] + i));
    for (int64_t k = 1; k < count; ++k) {
      sum = hn::MulAdd(hn::Set(d, weights[k]), hn::LoadU(d, rows[k] + i), sum);
    }
    hn::StoreU(sum, d, y + i);
  }
  for (; i < n; ++i) {
    T sum = weights[0] * rows[0][i];
    for (int64_t k = 1; k < count; ++k) sum += weights[k] * rows[k][i];
    y[i] = sum;
  }
}

template <class T>
void combine(const T* const* rows, const T* weights, int64_t taps, int64_t n, T* y) {
  switch (taps) {
    case 1:
      return combine_taps<T, 1>(rows, weights, taps, n, y);
    case 2:
      return combine_taps<T, 2>(rows, weights, taps, n, y);
    case 4:
      return combine_taps<T, 4>(rows, weights, taps, n, y);
    default:
      return combine_taps<T, 0>(rows, weights, taps, n, y);
  }
}

template <class T>
inline constexpr ResampleKernels<T> kKernels = {&gather<T>, &combine<T>};

}  // namespace resample

namespace {
const ResampleKernels<float>& FloatKernels() { return resample::kKernels<float>; }
const ResampleKernels<double>& DoubleKernels() { return resample::kKernels<double>; }
}  // namespace

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ct::cpu {

CT_SIMD_TABLE(ResampleKernels, resample_kernels, float, FloatKernels);
CT_SIMD_TABLE(ResampleKernels, resample_kernels, double, DoubleKernels);

}  // namespace ct::cpu
#endif
