// Vector times matrix, for gemm_kernel.hpp: B is read once, in several streams.

// Per-target include guard
#if defined(CT_GEMM_VECTOR_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef CT_GEMM_VECTOR_INL_HPP_
#undef CT_GEMM_VECTOR_INL_HPP_
#else
#define CT_GEMM_VECTOR_INL_HPP_
#endif

#include <algorithm>

#include "backend_cpu/simd/matmul/gemm_kernel.hpp"
#include "backend_cpu/simd/matmul/gemm_tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE::gemm {

namespace hn = hwy::HWY_NAMESPACE;

template <class T>
void vector_rows(T* HWY_RESTRICT y, const T* HWY_RESTRICT x, const T* HWY_RESTRICT b, int64_t b_row,
                 int64_t k, int64_t n, bool accumulate) {
  const Tag<T> d;
  const int64_t lanes = kLanes<T>;
  if (!accumulate) std::fill(y, y + n, T{0});
  int64_t p = 0;
  for (; p + 8 <= k; p += 8, b += 8 * b_row) {
    using V = hn::Vec<Tag<T>>;
    V scale[8];
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) scale[i] = hn::Set(d, x[p + i]);
    int64_t j = 0;
    for (; j + lanes <= n; j += lanes) {
      V even = hn::LoadU(d, y + j);
      V odd = hn::Zero(d);
#pragma GCC unroll 4
      for (int i = 0; i < 8; i += 2) {
        even = hn::MulAdd(scale[i], hn::LoadU(d, b + i * b_row + j), even);
        odd = hn::MulAdd(scale[i + 1], hn::LoadU(d, b + (i + 1) * b_row + j), odd);
      }
      hn::StoreU(hn::Add(even, odd), d, y + j);
    }
    for (; j < n; ++j) {
      for (int i = 0; i < 8; ++i) y[j] += x[p + i] * b[i * b_row + j];
    }
  }
  for (; p < k; ++p, b += b_row) {
    const auto scale = hn::Set(d, x[p]);
    int64_t j = 0;
    for (; j + lanes <= n; j += lanes) {
      hn::StoreU(hn::MulAdd(scale, hn::LoadU(d, b + j), hn::LoadU(d, y + j)), d, y + j);
    }
    for (; j < n; ++j) y[j] += x[p] * b[j];
  }
}

/// kColumns dot products at once, two sums each.
template <class T, int kColumns>
HWY_INLINE void dots(T* HWY_RESTRICT y, const T* HWY_RESTRICT x, const T* HWY_RESTRICT b,
                     int64_t b_column, int64_t k, bool accumulate) {
  const Tag<T> d;
  using V = hn::Vec<Tag<T>>;
  const int64_t lanes = kLanes<T>;
  V even[kColumns], odd[kColumns];
#pragma GCC unroll 4
  for (int c = 0; c < kColumns; ++c) even[c] = odd[c] = hn::Zero(d);
  int64_t p = 0;
  for (; p + 2 * lanes <= k; p += 2 * lanes) {
    const V x0 = hn::LoadU(d, x + p);
    const V x1 = hn::LoadU(d, x + p + lanes);
#pragma GCC unroll 4
    for (int c = 0; c < kColumns; ++c) {
      even[c] = hn::MulAdd(x0, hn::LoadU(d, b + c * b_column + p), even[c]);
      odd[c] = hn::MulAdd(x1, hn::LoadU(d, b + c * b_column + p + lanes), odd[c]);
    }
  }
#pragma GCC unroll 4
  for (int c = 0; c < kColumns; ++c) {
    T sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(even[c], odd[c])));
    for (int64_t q = p; q < k; ++q) sum += x[q] * b[c * b_column + q];
    y[c] = accumulate ? y[c] + sum : sum;
  }
}

template <class T>
void vector_columns(T* y, const T* x, const T* b, int64_t b_column, int64_t k, int64_t n,
                    bool accumulate) {
  int64_t j = 0;
  for (; j + 4 <= n; j += 4) dots<T, 4>(y + j, x, b + j * b_column, b_column, k, accumulate);
  for (; j < n; ++j) dots<T, 1>(y + j, x, b + j * b_column, b_column, k, accumulate);
}

}  // namespace ct::cpu::HWY_NAMESPACE::gemm
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
