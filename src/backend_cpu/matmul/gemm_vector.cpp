// One row times a matrix (and, swapped by the caller, a matrix times one column): bound by reading
// B once. Cut into stretches of columns, and of k where there are few columns.
#include <algorithm>
#include <cassert>

#include "backend_cpu/matmul/gemm.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "backend_cpu/runtime/scratch.hpp"
#include "core/view/integer.hpp"

namespace ct::cpu {
namespace {

/// Elements of B that are worth a thread of their own (a quarter of a megabyte).
constexpr int64_t kPieceElements = int64_t{1} << 16;

}  // namespace

template <class T>
void gemm_vector(const Gemm<T>& g, const GemmDone& done) {
  const bool rows = g.b_column == 1;
  assert(g.m == 1 && (rows || g.b_row == 1));
  const GemmKernels<T>& kernels = gemm_kernels<T>();
  const T* x = g.a;
  if (g.a_column != 1 && g.k > 1) {
    T* copy = scratch<T>(Scratch::shared_a, g.k);
    for (int64_t p = 0; p < g.k; ++p) copy[p] = g.a[p * g.a_column];
    x = copy;
  }
  const int64_t wanted = std::clamp<int64_t>(g.n * g.k / kPieceElements, 1, 64);
  // Rows of B are read in stretches of at least 512 columns, so that the prefetcher follows; y's
  // stretch stays in the first-level cache.
  const int64_t narrowest = rows ? 512 : 16;
  const int64_t columns =
      std::clamp<int64_t>(round_up(ceil_div(g.n, wanted), 16), narrowest, rows ? 4096 : g.n + 16);
  const int64_t pieces_n = ceil_div(g.n, columns);
  const int64_t parts =
      std::clamp<int64_t>(ceil_div(wanted, pieces_n), 1, std::max<int64_t>(1, g.k / 64));
  const int64_t depth = std::max<int64_t>(8, round_up(ceil_div(g.k, parts), 8));
  const int64_t pieces_k = std::max<int64_t>(1, ceil_div(g.k, depth));
  T* sums = pieces_k == 1 ? g.c : scratch<T>(Scratch::shared_sums, pieces_k * g.n);
  const auto finish = [&](int64_t begin, int64_t end) {
    for (int64_t which = 0; pieces_k > 1 && which < pieces_k; ++which) {
      const T* from = sums + which * g.n;
      for (int64_t j = begin; j < end; ++j) g.c[j] = which == 0 ? from[j] : g.c[j] + from[j];
    }
    if (g.row_bias != nullptr) {
      for (int64_t j = begin; j < end; ++j) g.c[j] += g.row_bias[0];
    }
    if (g.column_bias != nullptr) {
      for (int64_t j = begin; j < end; ++j) g.c[j] += g.column_bias[j];
    }
    done({0, 1, begin, end});
  };
  parallel_for(pieces_n * pieces_k, [&](int64_t piece) {
    const int64_t which = piece / pieces_n;
    const int64_t begin = piece % pieces_n * columns;
    const int64_t end = std::min(g.n, begin + columns);
    const int64_t p = which * depth;
    const int64_t k = std::min(g.k, p + depth) - p;
    T* y = sums + (pieces_k > 1 ? which * g.n : 0) + begin;
    if (rows) {
      kernels.vector_rows(y, x + p, g.b + p * g.b_row + begin, g.b_row, k, end - begin, false);
    } else {
      kernels.vector_columns(y, x + p, g.b + p + begin * g.b_column, g.b_column, k, end - begin,
                             false);
    }
    if (pieces_k == 1) finish(begin, end);
  });
  if (pieces_k > 1) finish(0, g.n);
}

template void gemm_vector<float>(const Gemm<float>&, const GemmDone&);
template void gemm_vector<double>(const Gemm<double>&, const GemmDone&);

}  // namespace ct::cpu
