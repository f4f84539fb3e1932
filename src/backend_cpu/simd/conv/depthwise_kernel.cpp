// The kernels of depthwise_kernel.hpp.
#include "backend_cpu/simd/conv/depthwise_kernel.hpp"

#include <algorithm>

#include "backend_cpu/simd/dispatch.hpp"
#include "backend_cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend_cpu/simd/conv/depthwise_kernel.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {
namespace depthwise {

namespace hn = hwy::HWY_NAMESPACE;

template <class T>
using Tag = hn::ScalableTag<T>;
template <class T>
inline constexpr int64_t kLanes = static_cast<int64_t>(hn::MaxLanes(Tag<T>()));

/// One vector of kRows rows: a weight is broadcast once for all of them.
template <class T, int kRows>
HWY_INLINE void weighted_rows(const DepthwisePatch<T>& w, const T* HWY_RESTRICT weights, T start,
                              bool accumulate, const T* HWY_RESTRICT from, T* HWY_RESTRICT out,
                              int64_t out_row) {
  const Tag<T> d;
  hn::Vec<Tag<T>> sum[kRows];
#pragma GCC unroll 4
  for (int r = 0; r < kRows; ++r) {
    sum[r] = accumulate ? hn::LoadU(d, out + r * out_row) : hn::Set(d, start);
  }
  for (int64_t t = 0; t < w.taps; ++t) {
    const auto weight = hn::Set(d, weights[t]);
    const T* at = from + w.offsets[t];
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) {
      sum[r] = hn::MulAdd(weight, hn::LoadU(d, at + r * w.patch_row), sum[r]);
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < kRows; ++r) hn::StoreU(sum[r], d, out + r * out_row);
}

template <class T, int kRows>
HWY_INLINE void weighted_band(const DepthwisePatch<T>& w, const T* weights, T start,
                              bool accumulate, int64_t row, T* out, int64_t out_row) {
  const T* from = w.patch + row * w.patch_row;
  out += row * out_row;
  int64_t j = 0;
  for (; j + kLanes<T> <= w.columns; j += kLanes<T>) {
    weighted_rows<T, kRows>(w, weights, start, accumulate, from + j, out + j, out_row);
  }
  if (j == w.columns) return;
  // The rest of the columns through a buffer.
  const int64_t rest = w.columns - j;
  HWY_ALIGN T buffer[static_cast<size_t>(kRows * kLanes<T>)] = {};
  if (accumulate) {
    for (int r = 0; r < kRows; ++r) {
      std::copy(out + r * out_row + j, out + r * out_row + j + rest, buffer + r * kLanes<T>);
    }
  }
  weighted_rows<T, kRows>(w, weights, start, accumulate, from + j, buffer, kLanes<T>);
  for (int r = 0; r < kRows; ++r) {
    std::copy(buffer + r * kLanes<T>, buffer + r * kLanes<T> + rest, out + r * out_row + j);
  }
}

template <class T>
void weighted(const DepthwisePatch<T>& w, const T* weights, T start, bool accumulate, T* out,
              int64_t out_row) {
  int64_t row = 0;
  for (; row + 4 <= w.rows; row += 4) {
    weighted_band<T, 4>(w, weights, start, accumulate, row, out, out_row);
  }
  for (; row < w.rows; ++row) {
    weighted_band<T, 1>(w, weights, start, accumulate, row, out, out_row);
  }
}

/// kTaps taps over the whole grid, one vector of sums each.
template <class T, int kTaps>
HWY_INLINE void correlate_taps(const DepthwisePatch<T>& w, const T* HWY_RESTRICT grad,
                               int64_t grad_row, const int64_t* offsets, T* sums) {
  const Tag<T> d;
  hn::Vec<Tag<T>> sum[kTaps];
  int64_t offset[kTaps];
#pragma GCC unroll 9
  for (int t = 0; t < kTaps; ++t) {
    sum[t] = hn::Zero(d);
    offset[t] = offsets[t];
  }
  const int64_t whole = w.columns / kLanes<T> * kLanes<T>;
  const auto rest = hn::FirstN(d, static_cast<size_t>(w.columns - whole));
  HWY_ALIGN T last[static_cast<size_t>(kLanes<T>)] = {};
  for (int64_t row = 0; row < w.rows; ++row) {
    const T* from = w.patch + row * w.patch_row;
    const T* g = grad + row * grad_row;
    for (int64_t j = 0; j < whole; j += kLanes<T>) {
      const auto value = hn::LoadU(d, g + j);
#pragma GCC unroll 9
      for (int t = 0; t < kTaps; ++t) {
        sum[t] = hn::MulAdd(value, hn::LoadU(d, from + offset[t] + j), sum[t]);
      }
    }
    if (whole == w.columns) continue;
    // The plane's last rows end too close to its end for a whole vector.
    const bool inside = (w.rows - row) * grad_row - whole >= kLanes<T>;
    if (!inside) std::copy(g + whole, g + w.columns, last);
    const auto value = hn::IfThenElseZero(rest, hn::LoadU(d, inside ? g + whole : last));
    // What lies behind the row may be infinite: 0 times it would not be 0.
#pragma GCC unroll 9
    for (int t = 0; t < kTaps; ++t) {
      const auto seen = hn::IfThenElseZero(rest, hn::LoadU(d, from + offset[t] + whole));
      sum[t] = hn::MulAdd(value, seen, sum[t]);
    }
  }
#pragma GCC unroll 9
  for (int t = 0; t < kTaps; ++t) sums[t] += hn::GetLane(hn::SumOfLanes(d, sum[t]));
}

template <class T>
void correlate(const DepthwisePatch<T>& w, const T* grad, int64_t grad_row, T* sums) {
  int64_t t = 0;
  for (; t + 9 <= w.taps; t += 9) {  // 3 x 3 in one pass
    correlate_taps<T, 9>(w, grad, grad_row, w.offsets + t, sums + t);
  }
  for (; t + 4 <= w.taps; t += 4) {
    correlate_taps<T, 4>(w, grad, grad_row, w.offsets + t, sums + t);
  }
  for (; t < w.taps; ++t) correlate_taps<T, 1>(w, grad, grad_row, w.offsets + t, sums + t);
}

template <class T>
inline constexpr DepthwiseKernels<T> kKernels = {&weighted<T>, &correlate<T>};

}  // namespace depthwise

namespace {
const DepthwiseKernels<float>& FloatKernels() { return depthwise::kKernels<float>; }
const DepthwiseKernels<double>& DoubleKernels() { return depthwise::kKernels<double>; }
}  // namespace

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ct::cpu {

CT_SIMD_TABLE(DepthwiseKernels, depthwise_kernels, float, FloatKernels);
CT_SIMD_TABLE(DepthwiseKernels, depthwise_kernels, double, DoubleKernels);

}  // namespace ct::cpu
#endif
