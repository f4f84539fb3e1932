// Conversion of contiguous elements between storage and compute types, copies past the caches, and
// transposition of blocks. Most loops are plain C++ that the compiler vectorises for each target.
#include "backend_cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend_cpu/simd/pointwise/convert.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// After highway.h: compiled once per target.
#include <algorithm>
#include <cstring>

#include "backend_cpu/simd/pointwise/conversion.hpp"
#include "backend_cpu/simd/pointwise/pointwise_kernels.hpp"
#include "hwy/cache_control.h"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Highway's float16 conversions round to nearest even where the processor has them; its emulation
// on SSE4 truncates.
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
inline constexpr bool kNativeHalf = true;
#else
inline constexpr bool kNativeHalf = false;
#endif

/// Elements converted at once through a small buffer.
inline constexpr int64_t kConvertedAtOnce = 256;

void HalfToFloat(const Half* source, float* target, int64_t n) {
  int64_t i = 0;
  if constexpr (kNativeHalf) {
    const hn::ScalableTag<float> d;
    const hn::Rebind<hwy::float16_t, decltype(d)> half;
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    const auto* bits = reinterpret_cast<const hwy::float16_t*>(source);
    for (; i + lanes <= n; i += lanes) {
      hn::StoreU(hn::PromoteTo(d, hn::LoadU(half, bits + i)), d, target + i);
    }
  }
  for (; i < n; ++i) target[i] = static_cast<float>(source[i]);
}

void FloatToHalf(const float* source, Half* target, int64_t n) {
  int64_t i = 0;
  if constexpr (kNativeHalf) {
    const hn::ScalableTag<float> d;
    const hn::Rebind<hwy::float16_t, decltype(d)> half;
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    auto* bits = reinterpret_cast<hwy::float16_t*>(target);
    for (; i + lanes <= n; i += lanes) {
      hn::StoreU(hn::DemoteTo(half, hn::LoadU(d, source + i)), half, bits + i);
    }
  }
  for (; i < n; ++i) target[i] = Half(source[i]);
}

/// Floating to uint8 by vectors, and to int32 in chunks: those that fit, nearly all, by vectors.
template <class To, class From>
void ToInteger(const From* source, To* target, int64_t n) {
  if constexpr (std::is_same_v<To, uint8_t>) {
    for (int64_t i = 0; i < n; ++i) {
      const From below = source[i] < From{255} ? source[i] : From{255};
      target[i] = static_cast<To>(static_cast<int32_t>(source[i] > From{0} ? below : From{0}));
    }
    return;
  }
  for (int64_t begin = 0; begin < n; begin += 64) {
    const int64_t end = std::min(n, begin + 64);
    int outside = 0;
    for (int64_t i = begin; i < end; ++i) {
      outside |= static_cast<int>(!(source[i] > kFirstOf<To, From>)) |
                 static_cast<int>(!(source[i] < kAfterLastOf<To, From>));
    }
    if (outside == 0) {
      for (int64_t i = begin; i < end; ++i) {
        target[i] = static_cast<To>(static_cast<int32_t>(source[i]));
      }
    } else {
      for (int64_t i = begin; i < end; ++i) target[i] = saturate_to_integer<To>(source[i]);
    }
  }
}

template <class To, class From>
void Convert(const void* source_data, void* target_data, int64_t n) {
  const auto* source = static_cast<const From*>(source_data);
  auto* target = static_cast<To*>(target_data);
  if constexpr (std::is_same_v<To, From>) {
    std::memcpy(target, source, static_cast<size_t>(n) * sizeof(To));
  } else if constexpr (std::is_same_v<From, Half>) {
    if constexpr (std::is_same_v<To, float>) {
      HalfToFloat(source, target, n);
    } else {
      float buffer[kConvertedAtOnce];
      for (int64_t i = 0; i < n; i += kConvertedAtOnce) {
        const int64_t count = std::min(kConvertedAtOnce, n - i);
        HalfToFloat(source + i, buffer, count);
        for (int64_t j = 0; j < count; ++j) target[i + j] = convert_element<To>(buffer[j]);
      }
    }
  } else if constexpr (std::is_same_v<To, Half>) {
    if constexpr (std::is_same_v<From, float>) {
      FloatToHalf(source, target, n);
    } else {
      float buffer[kConvertedAtOnce];
      for (int64_t i = 0; i < n; i += kConvertedAtOnce) {
        const int64_t count = std::min(kConvertedAtOnce, n - i);
        for (int64_t j = 0; j < count; ++j) buffer[j] = static_cast<float>(source[i + j]);
        FloatToHalf(buffer, target + i, count);
      }
    }
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From> &&
                       !std::is_same_v<To, int64_t>) {
    ToInteger(source, target, n);
  } else {
    for (int64_t i = 0; i < n; ++i) target[i] = convert_element<To>(source[i]);
  }
}

/// Copies with stores that do not read the target into the caches first.
template <class T>
void Stream(const void* source_data, void* target_data, int64_t n) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto* source = static_cast<const T*>(source_data);
  auto* target = static_cast<T*>(target_data);
  const auto misaligned = static_cast<int64_t>(reinterpret_cast<uintptr_t>(target) / sizeof(T) %
                                               static_cast<size_t>(lanes));
  int64_t i = std::min(n, misaligned == 0 ? 0 : lanes - misaligned);
  std::memcpy(target, source, static_cast<size_t>(i) * sizeof(T));
  for (; i + lanes <= n; i += lanes) hn::Stream(hn::LoadU(d, source + i), d, target + i);
  std::memcpy(target + i, source + i, static_cast<size_t>(n - i) * sizeof(T));
}

/// Blocks of 4 x 4 (8-byte elements: 2 x 2) in 128-bit vectors: one shuffle port or two keep up
/// with the caches, wider vectors gain nothing.
void Transpose32(const void* source_data, int64_t source_stride, void* target_data,
                 int64_t target_stride, int64_t rows, int64_t columns) {
  const hn::Full128<float> d;
  const hn::Full128<double> wide;
  const auto* source = static_cast<const float*>(source_data);
  auto* target = static_cast<float*>(target_data);
  const auto lower = [&](auto a, auto b) HWY_ATTR {
    return hn::BitCast(d, hn::InterleaveLower(wide, hn::BitCast(wide, a), hn::BitCast(wide, b)));
  };
  const auto upper = [&](auto a, auto b) HWY_ATTR {
    return hn::BitCast(d, hn::InterleaveUpper(wide, hn::BitCast(wide, a), hn::BitCast(wide, b)));
  };
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    const float* s = source + r * source_stride;
    float* t = target + r;
    int64_t c = 0;
    for (; c + 4 <= columns; c += 4) {
      const auto r0 = hn::LoadU(d, s + c);
      const auto r1 = hn::LoadU(d, s + source_stride + c);
      const auto r2 = hn::LoadU(d, s + 2 * source_stride + c);
      const auto r3 = hn::LoadU(d, s + 3 * source_stride + c);
      const auto low01 = hn::InterleaveLower(d, r0, r1);
      const auto low23 = hn::InterleaveLower(d, r2, r3);
      const auto high01 = hn::InterleaveUpper(d, r0, r1);
      const auto high23 = hn::InterleaveUpper(d, r2, r3);
      hn::StoreU(lower(low01, low23), d, t + c * target_stride);
      hn::StoreU(upper(low01, low23), d, t + (c + 1) * target_stride);
      hn::StoreU(lower(high01, high23), d, t + (c + 2) * target_stride);
      hn::StoreU(upper(high01, high23), d, t + (c + 3) * target_stride);
    }
    for (; c < columns; ++c) {
      for (int64_t k = 0; k < 4; ++k) t[c * target_stride + k] = s[k * source_stride + c];
    }
  }
  for (; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c)
      target[c * target_stride + r] = source[r * source_stride + c];
  }
}

void Transpose64(const void* source_data, int64_t source_stride, void* target_data,
                 int64_t target_stride, int64_t rows, int64_t columns) {
  const hn::Full128<double> d;
  const auto* source = static_cast<const double*>(source_data);
  auto* target = static_cast<double*>(target_data);
  int64_t r = 0;
  for (; r + 2 <= rows; r += 2) {
    const double* s = source + r * source_stride;
    double* t = target + r;
    int64_t c = 0;
    for (; c + 2 <= columns; c += 2) {
      const auto r0 = hn::LoadU(d, s + c);
      const auto r1 = hn::LoadU(d, s + source_stride + c);
      hn::StoreU(hn::InterleaveLower(d, r0, r1), d, t + c * target_stride);
      hn::StoreU(hn::InterleaveUpper(d, r0, r1), d, t + (c + 1) * target_stride);
    }
    for (; c < columns; ++c) {
      t[c * target_stride] = s[c];
      t[c * target_stride + 1] = s[source_stride + c];
    }
  }
  for (; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c)
      target[c * target_stride + r] = source[r * source_stride + c];
  }
}

void StreamFence() { hwy::FlushStream(); }

template <class T>
void FillConvertOf(PointwiseKernels& table) {
  constexpr int kType = compute_index(dtype_of<T>);
  for_each_quick_type([&]<class S, DType kDType>() {
    table.load[kType][static_cast<int>(kDType)] = Convert<T, S>;
    table.store[kType][static_cast<int>(kDType)] = Convert<S, T>;
  });
  table.stream[kType] = Stream<T>;
}

void FillConvert(PointwiseKernels& table) {
  FillConvertOf<float>(table);
  FillConvertOf<double>(table);
  FillConvertOf<int32_t>(table);
  FillConvertOf<int64_t>(table);
  table.stream_fence = StreamFence;
  table.transpose32 = Transpose32;
  table.transpose64 = Transpose64;
}

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ct::cpu {

HWY_EXPORT(FillConvert);

void fill_convert_kernels(PointwiseKernels& table) { HWY_DYNAMIC_DISPATCH(FillConvert)(table); }

}  // namespace ct::cpu
#endif
