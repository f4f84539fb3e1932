// Packing for the matrix kernels of gemm_kernel.hpp: transposing, copying and gathering into
// panels.

// Per-target include guard
#if defined(CT_GEMM_PACK_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef CT_GEMM_PACK_INL_HPP_
#undef CT_GEMM_PACK_INL_HPP_
#else
#define CT_GEMM_PACK_INL_HPP_
#endif

#include <algorithm>

#include "backend_cpu/simd/matmul/gemm_kernel.hpp"
#include "backend_cpu/simd/matmul/gemm_tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE::gemm {

namespace hn = hwy::HWY_NAMESPACE;

/// Side of the square that transposes in 128-bit registers.
template <class T>
inline constexpr int kSide = 16 / static_cast<int>(sizeof(T));

template <class T>
HWY_INLINE void transpose_square(T* HWY_RESTRICT target, int64_t target_row,
                                 const T* HWY_RESTRICT source, int64_t source_row) {
  const hn::FixedTag<T, 16 / sizeof(T)> d;
  if constexpr (sizeof(T) == 4) {
    const auto r0 = hn::LoadU(d, source);
    const auto r1 = hn::LoadU(d, source + source_row);
    const auto r2 = hn::LoadU(d, source + 2 * source_row);
    const auto r3 = hn::LoadU(d, source + 3 * source_row);
    const auto a = hn::InterleaveLower(d, r0, r2);  // 00 20 01 21
    const auto b = hn::InterleaveLower(d, r1, r3);
    const auto e = hn::InterleaveUpper(d, r0, r2);
    const auto f = hn::InterleaveUpper(d, r1, r3);
    hn::StoreU(hn::InterleaveLower(d, a, b), d, target);
    hn::StoreU(hn::InterleaveUpper(d, a, b), d, target + target_row);
    hn::StoreU(hn::InterleaveLower(d, e, f), d, target + 2 * target_row);
    hn::StoreU(hn::InterleaveUpper(d, e, f), d, target + 3 * target_row);
  } else {
    const auto r0 = hn::LoadU(d, source);
    const auto r1 = hn::LoadU(d, source + source_row);
    hn::StoreU(hn::InterleaveLower(d, r0, r1), d, target);
    hn::StoreU(hn::InterleaveUpper(d, r0, r1), d, target + target_row);
  }
}

template <class T>
void transpose(T* target, int64_t target_row, const T* source, int64_t source_row, int64_t rows,
               int64_t columns) {
  constexpr int64_t kS = kSide<T>;
  if (rows < kS || columns < kS) {
    for (int64_t j = 0; j < columns; ++j) {
      for (int64_t i = 0; i < rows; ++i) target[j * target_row + i] = source[i * source_row + j];
    }
    return;
  }
  // Cache line by cache line: rows a power of two apart share a set of the first-level cache, so
  // that few lines of them live there together. The last square of each direction overlaps the one
  // before: no remainder loops.
  constexpr int64_t kLine = 64 / static_cast<int64_t>(sizeof(T));
  for (int64_t line = 0; line < columns; line += kLine) {
    const int64_t end = std::min(columns, line + kLine);
    for (int64_t i = 0; i < rows; i += kS) {
      const int64_t at = std::min(i, rows - kS);
      for (int64_t j = line; j < end; j += kS) {
        const int64_t column = std::min(j, columns - kS);
        transpose_square<T>(target + column * target_row + at, target_row,
                            source + at * source_row + column, source_row);
      }
    }
  }
}

template <class T>
void pack(T* target, int64_t width, const T* source, int64_t count, int64_t stride, int64_t k,
          int64_t k_stride) {
  if (count < width) {
    for (int64_t p = 0; p < k; ++p) {
      for (int64_t i = count; i < width; ++i) target[p * width + i] = T{0};
    }
  }
  if (k_stride == 1) {
    transpose<T>(target, width, source, stride, count, k);
  } else if (stride == 1 && count % kSide<T> == 0) {
    const hn::FixedTag<T, 16 / sizeof(T)> d4;
    const Tag<T> d;
    if (count == kNr<T>) {
      for (int64_t p = 0; p < k; ++p, source += k_stride, target += width) {
        hn::StoreU(hn::LoadU(d, source), d, target);
        hn::StoreU(hn::LoadU(d, source + kLanes<T>), d, target + kLanes<T>);
      }
      return;
    }
    for (int64_t p = 0; p < k; ++p, source += k_stride, target += width) {
      for (int64_t i = 0; i < count; i += kSide<T>) {
        hn::StoreU(hn::LoadU(d4, source + i), d4, target + i);
      }
    }
  } else {
    for (int64_t p = 0; p < k; ++p) {
      for (int64_t i = 0; i < count; ++i) target[p * width + i] = source[i * stride + p * k_stride];
    }
  }
}

template <class T>
void pack_rows(T* target, const T* source, int64_t count, int64_t k, int64_t k_stride) {
  // Several panels at a time: half a kilobyte of each row, so that the prefetcher follows.
  constexpr int64_t kPanelsAtOnce = 512 / (kNr<T> * static_cast<int64_t>(sizeof(T)));
  const Tag<T> d;
  const int64_t panel = kNr<T> * k;
  const int64_t whole = count / kNr<T>;
  for (int64_t first = 0; first < whole; first += kPanelsAtOnce) {
    const int64_t panels = std::min(kPanelsAtOnce, whole - first);
    for (int64_t p = 0; p < k; ++p) {
      const T* from = source + p * k_stride + first * kNr<T>;
      T* to = target + first * panel + p * kNr<T>;
      for (int64_t j = 0; j < panels; ++j, from += kNr<T>, to += panel) {
        hn::StoreU(hn::LoadU(d, from), d, to);
        hn::StoreU(hn::LoadU(d, from + kLanes<T>), d, to + kLanes<T>);
      }
    }
  }
  if (whole * kNr<T> < count) {
    pack<T>(target + whole * panel, kNr<T>, source + whole * kNr<T>, count - whole * kNr<T>, 1, k,
            k_stride);
  }
}

template <class T, size_t kCap>
HWY_INLINE void gather_loose(T* HWY_RESTRICT target, const T* HWY_RESTRICT source, int64_t k,
                             const int64_t* HWY_RESTRICT offsets,
                             const GatherRun* HWY_RESTRICT runs, int64_t run_count) {
  const hn::CappedTag<T, kCap> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t p = 0; p < k; ++p, target += kNr<T>) {
    const T* from = source + offsets[p];
    for (int64_t s = 0; s < run_count; ++s) {
      const GatherRun run = runs[s];
      for (int64_t j = 0; j < run.length; j += lanes) {
        hn::StoreU(hn::LoadU(d, from + run.source + j), d, target + run.target + j);
      }
    }
  }
}

template <class T>
void gather(T* target, const T* source, int64_t k, const int64_t* offsets, const GatherRun* runs,
            int64_t run_count, bool exact) {
  const Tag<T> d;
  if (run_count == 1 && runs[0].length == kNr<T>) {
    source += runs[0].source;
    for (int64_t p = 0; p < k; ++p, target += kNr<T>) {
      hn::StoreU(hn::LoadU(d, source + offsets[p]), d, target);
      hn::StoreU(hn::LoadU(d, source + offsets[p] + kLanes<T>), d, target + kLanes<T>);
    }
    return;
  }
  if (exact) {
    for (int64_t p = 0; p < k; ++p, target += kNr<T>) {
      const T* from = source + offsets[p];
      for (int64_t s = 0; s < run_count; ++s) {
        const GatherRun run = runs[s];
        int64_t j = 0;
        for (; j + kLanes<T> <= run.length; j += kLanes<T>) {
          hn::StoreU(hn::LoadU(d, from + run.source + j), d, target + run.target + j);
        }
        for (; j < run.length; ++j) target[run.target + j] = from[run.source + j];
      }
    }
    return;
  }
  int64_t longest = 0;
  for (int64_t s = 0; s < run_count; ++s) longest = std::max(longest, runs[s].length);
  // Short runs are copied by short vectors: less is written twice.
  if (longest <= kLanes<T> / 4) {
    gather_loose<T, (kLanes<T> >= 4 ? kLanes<T> / 4 : 1)>(target, source, k, offsets, runs,
                                                          run_count);
  } else if (longest <= kLanes<T> / 2) {
    gather_loose<T, (kLanes<T> >= 2 ? kLanes<T> / 2 : 1)>(target, source, k, offsets, runs,
                                                          run_count);
  } else {
    gather_loose<T, kLanes<T>>(target, source, k, offsets, runs, run_count);
  }
}

}  // namespace ct::cpu::HWY_NAMESPACE::gemm
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
