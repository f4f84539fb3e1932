// What gather and scatter of the CPU backend share: how much is a piece, and indices that nobody
// checked.
#pragma once

#include <algorithm>

#include "backend_cpu/runtime/parallel.hpp"
#include "core/view/gather_plan.hpp"

namespace ct::cpu {

inline constexpr int64_t kGatherGrain = 16384;  ///< elements of a piece
/// How far ahead the rows of a table are fetched: they come in no order that hardware could
/// foresee.
inline constexpr int64_t kRowsAhead = 4;

/// An index that the caller could not check is forced into the range.
inline int64_t clamped(int64_t index, int64_t rows) {
  if (static_cast<uint64_t>(index) < static_cast<uint64_t>(rows)) [[likely]]
    return index;
  return index < 0 ? 0 : rows - 1;
}

/// If what is behind one step of the outer loops is at most a piece: calls fn(offsets) for each of
/// those steps. Else returns false, and nothing is done.
template <class F>
bool for_whole_lines(const GatherPlan& plan, const F& fn) {
  const int64_t line = plan.axis.size * plan.inner.size;
  if (line > kGatherGrain) return false;
  parallel_ranges(plan.outer_size, std::max<int64_t>(1, kGatherGrain / line),
                  [&](int64_t begin, int64_t end) {
                    for (int64_t i = begin; i < end; ++i) fn(plan.offsets_of(i));
                  });
  return true;
}

}  // namespace ct::cpu
