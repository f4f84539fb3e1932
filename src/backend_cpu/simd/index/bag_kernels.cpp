// The kernel of bag_kernels.hpp: the columns of several vectors at a time, so that sums stay in
// registers and do not wait for one another; rows come in no order that hardware could foresee, and
// are fetched ahead.
#include "backend_cpu/simd/index/bag_kernels.hpp"

#include "backend_cpu/simd/dispatch.hpp"
#include "backend_cpu/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backend_cpu/simd/index/bag_kernels.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE {
namespace bag {

namespace hn = hwy::HWY_NAMESPACE;

constexpr int64_t kAhead = 8;  // rows

template <class T>
using Tag = hn::ScalableTag<T>;
template <class T>
inline constexpr int64_t kLanes = static_cast<int64_t>(hn::MaxLanes(Tag<T>()));

/// The columns of kVectors vectors from `c` on.
template <class T, int kVectors, bool kScaled>
HWY_INLINE void columns(const T* HWY_RESTRICT table, const int64_t* HWY_RESTRICT rows,
                        const T* HWY_RESTRICT scale, int64_t count, int64_t d, int64_t c, T factor,
                        T* HWY_RESTRICT out) {
  const Tag<T> tag;
  hn::Vec<Tag<T>> sum[kVectors];
  for (int v = 0; v < kVectors; ++v) sum[v] = hn::Zero(tag);
  for (int64_t i = 0; i < count; ++i) {
    if (i + kAhead < count) {
      const T* next = table + rows[i + kAhead] * d + c;
      for (int64_t k = 0; k < kVectors * kLanes<T>; k += 64 / static_cast<int64_t>(sizeof(T))) {
        __builtin_prefetch(next + k);
      }
    }
    const T* from = table + rows[i] * d + c;
    const auto weight = hn::Set(tag, kScaled ? scale[i] : T{1});
    for (int v = 0; v < kVectors; ++v) {
      const auto row = hn::LoadU(tag, from + v * kLanes<T>);
      sum[v] = kScaled ? hn::MulAdd(weight, row, sum[v]) : hn::Add(sum[v], row);
    }
  }
  const auto times = hn::Set(tag, factor);
  for (int v = 0; v < kVectors; ++v) {
    hn::StoreU(hn::Mul(sum[v], times), tag, out + c + v * kLanes<T>);
  }
}

/// The columns from `c` on, fewer than a vector has.
template <class T, bool kScaled>
void last_columns(const T* HWY_RESTRICT table, const int64_t* HWY_RESTRICT rows,
                  const T* HWY_RESTRICT scale, int64_t count, int64_t d, int64_t c, T factor,
                  T* HWY_RESTRICT out) {
  T sum[kLanes<T>] = {};
  for (int64_t i = 0; i < count; ++i) {
    const T* from = table + rows[i] * d + c;
    for (int64_t k = 0; k < d - c; ++k) sum[k] += kScaled ? scale[i] * from[k] : from[k];
  }
  for (int64_t k = 0; k < d - c; ++k) out[c + k] = sum[k] * factor;
}

template <class T, bool kScaled>
void add_as(const T* table, const int64_t* rows, const T* scale, int64_t count, int64_t d, T factor,
            T* out) {
  int64_t c = 0;
  for (; c + 8 * kLanes<T> <= d; c += 8 * kLanes<T>) {
    columns<T, 8, kScaled>(table, rows, scale, count, d, c, factor, out);
  }
  for (; c + 4 * kLanes<T> <= d; c += 4 * kLanes<T>) {
    columns<T, 4, kScaled>(table, rows, scale, count, d, c, factor, out);
  }
  for (; c + kLanes<T> <= d; c += kLanes<T>) {
    columns<T, 1, kScaled>(table, rows, scale, count, d, c, factor, out);
  }
  if (c < d) last_columns<T, kScaled>(table, rows, scale, count, d, c, factor, out);
}

template <class T>
void add(const T* table, const int64_t* rows, const T* scale, int64_t count, int64_t d, T factor,
         T* out) {
  if (scale == nullptr) return add_as<T, false>(table, rows, scale, count, d, factor, out);
  return add_as<T, true>(table, rows, scale, count, d, factor, out);
}

template <class T>
inline constexpr BagKernels<T> kKernels = {&add<T>};

}  // namespace bag

namespace {
const BagKernels<float>& FloatKernels() { return bag::kKernels<float>; }
const BagKernels<double>& DoubleKernels() { return bag::kKernels<double>; }
}  // namespace

}  // namespace ct::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ct::cpu {

CT_SIMD_TABLE(BagKernels, bag_kernels, float, FloatKernels);
CT_SIMD_TABLE(BagKernels, bag_kernels, double, DoubleKernels);

}  // namespace ct::cpu
#endif
