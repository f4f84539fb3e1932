// Body of gemm_kernel.hpp, compiled once per instruction set for the type that gemm_kernel_f32.cpp
// or gemm_kernel_f64.cpp asks for.
//
// The register tile is kMr rows by two vectors: 6 x 2 fills the 16 registers of AVX2 and SSE4,
// 12 x 2 the 32 of AVX-512 and NEON. Fewer rows or one vector, at the edges, are own instances: a
// matrix of 16 rows costs 12 + 4 rows, not 24.

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

#include "backend_cpu/simd/gemm_kernel.hpp"
#include "hwy/cache_control.h"

HWY_BEFORE_NAMESPACE();
namespace ct::cpu {
namespace HWY_NAMESPACE {  // NOLINT: required by Highway's dispatch
namespace gemm {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON
inline constexpr int kMr = 12;
#else
inline constexpr int kMr = 6;
#endif

template <class T>
using Tag = hn::ScalableTag<T>;
template <class T>
inline constexpr int kLanes = static_cast<int>(hn::MaxLanes(Tag<T>()));
template <class T>
inline constexpr int kNr = 2 * kLanes<T>;

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

// --- Packing ------------------------------------------------------------------------------------

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
  constexpr int64_t kGroup = 512 / (kNr<T> * static_cast<int64_t>(sizeof(T)));
  const Tag<T> d;
  const int64_t panel = kNr<T> * k;
  const int64_t whole = count / kNr<T>;
  for (int64_t first = 0; first < whole; first += kGroup) {
    const int64_t panels = std::min(kGroup, whole - first);
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

// --- Matrix times vector
// --------------------------------------------------------------------------

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

}  // namespace gemm
}  // namespace HWY_NAMESPACE
}  // namespace ct::cpu
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
