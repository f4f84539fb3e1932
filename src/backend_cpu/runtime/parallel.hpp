// Threads of the CPU backend: the library's own pool (thread_pool.hpp), or OpenMP's with CT_OPENMP;
// the only place that knows which.
//
// Work is cut into pieces whose number and bounds depend on the problem alone, never on the number
// of threads, and partial results are combined in piece order: results are bit-for-bit the same on
// 1, 2 or 16 threads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "core/view/integer.hpp"
#include "customtensor/export.hpp"

namespace ct::cpu {

/// Threads that a large enough call uses (OMP_NUM_THREADS, ct::set_num_threads).
int num_threads();
void set_num_threads(int threads);

namespace detail {
using PieceFunction = void (*)(void* context, int64_t piece);
CT_API void run_pieces(int64_t pieces, PieceFunction run, void* context);
}  // namespace detail

/// Calls fn(piece) for each piece in [0, pieces), in any order, on any thread, and waits.
/// An exception that leaves fn reaches the caller, when no piece runs any more: that of the lowest
/// piece, whatever the number of threads; pieces behind it may have been left out. One piece, or a
/// call from inside another parallel_for, runs on the calling thread without any cost.
template <class F>
void parallel_for(int64_t pieces, F&& fn) {
  if (pieces <= 1) {
    if (pieces == 1) fn(int64_t{0});
    return;
  }
  detail::run_pieces(
      pieces,
      [](void* context, int64_t piece) {
        (*static_cast<std::remove_reference_t<F>*>(context))(piece);
      },
      &fn);
}

/// Splits [0, n) into pieces of `grain` (the last may be smaller) and calls fn(begin, end) for
/// each.
template <class F>
void parallel_ranges(int64_t n, int64_t grain, F&& fn) {
  if (n <= grain) {
    if (n > 0) fn(int64_t{0}, n);
    return;
  }
  parallel_for(ceil_div(n, grain), [&](int64_t piece) {
    const int64_t begin = piece * grain;
    fn(begin, std::min(n, begin + grain));
  });
}

}  // namespace ct::cpu
