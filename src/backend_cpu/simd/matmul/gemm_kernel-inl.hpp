// Body of gemm_kernel.hpp, compiled once per instruction set for the type that gemm_kernel_f32.cpp
// or gemm_kernel_f64.cpp asks for.
//
// Register tiles of fewer rows or one vector, at the edges, are instances of their own: a matrix of
// 16 rows costs 12 + 4 rows, not 24.

// Per-target include guard
#if defined(CT_GEMM_KERNEL_INL_HPP_) == defined(HWY_TARGET_TOGGLE)
#ifdef CT_GEMM_KERNEL_INL_HPP_
#undef CT_GEMM_KERNEL_INL_HPP_
#else
#define CT_GEMM_KERNEL_INL_HPP_
#endif

#include <algorithm>
#include <array>
#include <utility>

#include "backend_cpu/simd/matmul/gemm_kernel.hpp"
#include "backend_cpu/simd/matmul/gemm_pack-inl.hpp"
#include "backend_cpu/simd/matmul/gemm_tile-inl.hpp"
#include "backend_cpu/simd/matmul/gemm_vector-inl.hpp"
#include "hwy/cache_control.h"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu::HWY_NAMESPACE::gemm {

namespace hn = hwy::HWY_NAMESPACE;

/// What happens to the sums of a register tile.
template <class T>
struct TileEnd {
  T* c;
  int64_t c_row;
  int64_t columns;  // to be written, at most the tile's
  bool accumulate;
  const T* row_bias;
  const T* column_bias;
};

template <class T, int kRows, int kVecs, class V>
HWY_INLINE void finish_full(const V (&sum)[kRows][kVecs], const TileEnd<T>& end) {
  const Tag<T> d;
  const int64_t lanes = kLanes<T>;
  if (end.accumulate) {
#pragma GCC unroll 12
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
      for (int v = 0; v < kVecs; ++v) {
        T* c = end.c + r * end.c_row + v * lanes;
        hn::StoreU(hn::Add(hn::LoadU(d, c), sum[r][v]), d, c);
      }
    }
    return;
  }
  V column[kVecs];
#pragma GCC unroll 2
  for (int v = 0; v < kVecs; ++v) {
    column[v] = end.column_bias ? hn::LoadU(d, end.column_bias + v * lanes) : hn::Zero(d);
  }
#pragma GCC unroll 12
  for (int r = 0; r < kRows; ++r) {
    const V row = end.row_bias ? hn::Set(d, end.row_bias[r]) : hn::Zero(d);
#pragma GCC unroll 2
    for (int v = 0; v < kVecs; ++v) {
      hn::StoreU(hn::Add(sum[r][v], hn::Add(row, column[v])), d, end.c + r * end.c_row + v * lanes);
    }
  }
}

template <class T, int kRows, int kVecs, class V>
HWY_INLINE void finish(const V (&sum)[kRows][kVecs], const TileEnd<T>& end) {
  const int64_t width = kVecs * kLanes<T>;
  if (end.columns == width) {
    finish_full<T, kRows, kVecs>(sum, end);
    return;
  }
  // At the right edge: through a buffer, so that nothing behind the row is touched. (Masked stores
  // are microcoded on AMD's cores without AVX-512.)
  const Tag<T> d;
  HWY_ALIGN T buffer[kRows * kNr<T>];
#pragma GCC unroll 12
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 2
    for (int v = 0; v < kVecs; ++v) hn::Store(sum[r][v], d, buffer + r * width + v * kLanes<T>);
  }
  for (int r = 0; r < kRows; ++r) {
    T* c = end.c + r * end.c_row;
    const T* from = buffer + r * width;
    if (end.accumulate) {
      for (int64_t j = 0; j < end.columns; ++j) c[j] += from[j];
    } else {
      const T row = end.row_bias ? end.row_bias[r] : T{0};
      for (int64_t j = 0; j < end.columns; ++j) {
        c[j] = from[j] + (row + (end.column_bias ? end.column_bias[j] : T{0}));
      }
    }
  }
}

/// One register tile over all k.
template <class T, int kRows, int kVecs, bool kPacked>
HWY_NOINLINE void tile(int64_t k, const T* HWY_RESTRICT a, int64_t a_row, int64_t a_column,
                       const T* HWY_RESTRICT b, int64_t b_row, const TileEnd<T>& end) {
  const Tag<T> d;
  using V = hn::Vec<Tag<T>>;
  V sum[kRows][kVecs];
#pragma GCC unroll 12
  for (int r = 0; r < kRows; ++r) {
    hwy::Prefetch(end.c + r * end.c_row);
#pragma GCC unroll 2
    for (int v = 0; v < kVecs; ++v) sum[r][v] = hn::Zero(d);
  }
  // Rows of an A that is not packed are addressed from every third one: the strides once and twice
  // serve all, and the pointers stay in registers.
  const int64_t step = kPacked ? kMr : a_column;
  const int64_t row1 = kPacked ? 1 : a_row;
#pragma GCC unroll 4
  for (int64_t p = 0; p < k; ++p) {
    // A streams through from the third-level cache when it is large; the page ends come too often
    // for the hardware to run ahead.
    if constexpr (kPacked) hwy::Prefetch(a + 32 * kMr);
    V column[kVecs];
#pragma GCC unroll 2
    for (int v = 0; v < kVecs; ++v) column[v] = hn::LoadU(d, b + v * kLanes<T>);
#pragma GCC unroll 12
    for (int r = 0; r < kRows; ++r) {
      const V element = hn::Set(d, a[r * row1]);
#pragma GCC unroll 2
      for (int v = 0; v < kVecs; ++v) sum[r][v] = hn::MulAdd(element, column[v], sum[r][v]);
    }
    a += step;
    b += b_row;
  }
  finish<T, kRows, kVecs>(sum, end);
}

template <class T>
using TileFunction = void (*)(int64_t, const T*, int64_t, int64_t, const T*, int64_t,
                              const TileEnd<T>&);

template <class T, int kVecs, bool kPacked, size_t... kIndex>
constexpr std::array<TileFunction<T>, sizeof...(kIndex)> make_tiles(
    std::index_sequence<kIndex...>) {
  return {&tile<T, static_cast<int>(kIndex) + 1, kVecs, kPacked>...};
}
/// [rows - 1]
template <class T, int kVecs, bool kPacked>
inline constexpr auto kTiles = make_tiles<T, kVecs, kPacked>(std::make_index_sequence<kMr>());

template <class T, bool kPacked>
void block_of(const GemmBlock<T>& g) {
  const int64_t nr = kNr<T>;
  for (int64_t j = 0; j < g.n; j += nr) {
    const int64_t columns = std::min(nr, g.n - j);
    const bool two = columns > kLanes<T>;
    const auto& tiles = two ? kTiles<T, 2, kPacked> : kTiles<T, 1, kPacked>;
    const T* b = g.b + j / nr * g.b_panel;
    TileEnd<T> end;
    end.c_row = g.c_row;
    end.columns = g.c_padded ? (two ? nr : nr / 2) : columns;
    end.accumulate = g.accumulate;
    end.column_bias = g.column_bias ? g.column_bias + j : nullptr;
    for (int64_t i = 0; i < g.m; i += kMr) {
      const int64_t rows = std::min<int64_t>(kMr, g.m - i);
      end.c = g.c + i * g.c_row + j;
      end.row_bias = g.row_bias ? g.row_bias + i : nullptr;
      tiles[static_cast<size_t>(rows - 1)](g.k, g.a + i / kMr * g.a_panel, g.a_row, g.a_column, b,
                                           g.b_row, end);
    }
  }
}

template <class T>
void block(const GemmBlock<T>& g) {
  g.a_packed ? block_of<T, true>(g) : block_of<T, false>(g);
}

template <class T, int kRows, int kVecs>
HWY_NOINLINE void correlate_tile(const CorrelateBlock<T>& g, const int64_t* row_offsets,
                                 const T* HWY_RESTRICT b, T* c) {
  const Tag<T> d;
  using V = hn::Vec<Tag<T>>;
  V sum[kRows][kVecs];
  const T* row[kRows];
#pragma GCC unroll 12
  for (int r = 0; r < kRows; ++r) {
    row[r] = g.source + row_offsets[r];
    hwy::Prefetch(c + r * g.c_row);
#pragma GCC unroll 2
    for (int v = 0; v < kVecs; ++v) sum[r][v] = hn::Zero(d);
  }
  for (int64_t run = 0; run < g.runs; ++run) {
    const int64_t begin = g.run_offsets[run];
    const int64_t stop = begin + g.run_length;
    for (int64_t p = begin; p < stop; ++p) {
      V column[kVecs];
#pragma GCC unroll 2
      for (int v = 0; v < kVecs; ++v) column[v] = hn::LoadU(d, b + v * kLanes<T>);
#pragma GCC unroll 12
      for (int r = 0; r < kRows; ++r) {
        const V element = hn::Set(d, row[r][p]);
#pragma GCC unroll 2
        for (int v = 0; v < kVecs; ++v) sum[r][v] = hn::MulAdd(element, column[v], sum[r][v]);
      }
      b += kNr<T>;
    }
  }
  const TileEnd<T> end{c, g.c_row, kVecs * kLanes<T>, g.accumulate, nullptr, nullptr};
  finish_full<T, kRows, kVecs>(sum, end);
}

template <class T>
using CorrelateFunction = void (*)(const CorrelateBlock<T>&, const int64_t*, const T*, T*);
template <class T, int kVecs, size_t... kIndex>
constexpr std::array<CorrelateFunction<T>, sizeof...(kIndex)> make_correlate_tiles(
    std::index_sequence<kIndex...>) {
  return {&correlate_tile<T, static_cast<int>(kIndex) + 1, kVecs>...};
}
template <class T, int kVecs>
inline constexpr auto kCorrelateTiles =
    make_correlate_tiles<T, kVecs>(std::make_index_sequence<kMr>());

template <class T>
void correlate(const CorrelateBlock<T>& g) {
  const int64_t nr = kNr<T>;
  for (int64_t j = 0; j < g.n; j += nr) {
    const auto& tiles = g.n - j > kLanes<T> ? kCorrelateTiles<T, 2> : kCorrelateTiles<T, 1>;
    const T* b = g.b + j * g.runs * g.run_length;
    for (int64_t i = 0; i < g.rows; i += kMr) {
      const int64_t rows = std::min<int64_t>(kMr, g.rows - i);
      tiles[static_cast<size_t>(rows - 1)](g, g.row_offsets + i, b, g.c + i * g.c_row + j);
    }
  }
}

/// kRows rows of C at kVecs vectors of places. Few rows alone would leave the multipliers waiting
/// for each other: the vectors give kRows * kVecs independent sums.
template <class T, int kRows, int kVecs>
HWY_INLINE void few_rows_tile(const FewRowsBlock<T>& g, const T* HWY_RESTRICT a, const T* row_bias,
                              const PlaceVector* vectors, T* c) {
  const Tag<T> d;
  using V = hn::Vec<Tag<T>>;
  V sum[kRows][kVecs];
  const T* from[kVecs];
#pragma GCC unroll 8
  for (int v = 0; v < kVecs; ++v) {
    from[v] = g.source + vectors[v].source;
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) sum[r][v] = hn::Zero(d);
  }
  for (int64_t p = 0; p < g.k; ++p, a += kMr) {
    const int64_t at = g.offsets[p];
    V element[kRows];
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) element[r] = hn::Set(d, a[r]);
#pragma GCC unroll 8
    for (int v = 0; v < kVecs; ++v) {
      const V places = hn::LoadU(d, from[v] + at);
#pragma GCC unroll 4
      for (int r = 0; r < kRows; ++r) sum[r][v] = hn::MulAdd(element[r], places, sum[r][v]);
    }
  }
#pragma GCC unroll 8
  for (int v = 0; v < kVecs; ++v) {
#pragma GCC unroll 4
    for (int r = 0; r < kRows; ++r) {
      T* to = c + r * g.c_row + vectors[v].target;
      const V start = row_bias != nullptr ? hn::Set(d, row_bias[r]) : hn::Zero(d);
      const int64_t count = vectors[v].count;
      if (count == kLanes<T>) {
        hn::StoreU(hn::Add(sum[r][v], g.accumulate ? hn::LoadU(d, to) : start), d, to);
        continue;
      }
      HWY_ALIGN T buffer[static_cast<size_t>(kLanes<T>)];
      hn::Store(hn::Add(sum[r][v], start), d, buffer);
      for (int64_t j = 0; j < count; ++j) to[j] = g.accumulate ? to[j] + buffer[j] : buffer[j];
    }
  }
}

template <class T, int kRows, int kVecs>
HWY_NOINLINE void few_rows_band(const FewRowsBlock<T>& g, int64_t row) {
  const T* a = g.a + row / kMr * g.a_panel + row % kMr;
  const T* bias = g.row_bias != nullptr && !g.accumulate ? g.row_bias + row : nullptr;
  T* c = g.c + row * g.c_row;
  int64_t v = 0;
  for (; v + kVecs <= g.vector_count; v += kVecs) {
    few_rows_tile<T, kRows, kVecs>(g, a, bias, g.vectors + v, c);
  }
  for (; v < g.vector_count; ++v) few_rows_tile<T, kRows, 1>(g, a, bias, g.vectors + v, c);
}

template <class T>
void few_rows(const FewRowsBlock<T>& g) {
  // 3 divides mr: a band never crosses a panel.
  int64_t row = 0;
  for (; row + 3 <= g.m; row += 3) few_rows_band<T, 3, 4>(g, row);
  if (g.m - row == 2) few_rows_band<T, 2, 6>(g, row);
  if (g.m - row == 1) few_rows_band<T, 1, 8>(g, row);
}

template <class T>
inline constexpr GemmKernels<T> kKernels = {
    .mr = kMr,
    .nr = kNr<T>,
    .lanes = kLanes<T>,
    .block = &block<T>,
    .correlate = &correlate<T>,
    .few_rows = &few_rows<T>,
    .pack = &pack<T>,
    .pack_rows = &pack_rows<T>,
    .gather = &gather<T>,
    .transpose = &transpose<T>,
    .vector_rows = &vector_rows<T>,
    .vector_columns = &vector_columns<T>,
};

}  // namespace ct::cpu::HWY_NAMESPACE::gemm
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
