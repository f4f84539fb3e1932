// What gather and scatter share: both are brought to the loops (outer …, j along the axis, k along
// one inner run).
#pragma once

#include <vector>

#include "customtensor/backend.hpp"

namespace ct::cpu {

inline constexpr int64_t kGatherGrain = 16384;  ///< elements of a piece
/// How far ahead the rows of a table are fetched: they come in no order that hardware could
/// foresee.
inline constexpr int64_t kRowsAhead = 4;

/// One loop: its length and the steps of the three arrays. `table` is the array that the index
/// points into (gather's src, scatter's out), `list` the other one.
struct GatherLoop {
  int64_t size = 1;
  int64_t table = 0, index = 0, list = 0;
};

struct GatherPlan {
  std::vector<GatherLoop> outer;
  GatherLoop axis, inner;
  int64_t outer_size = 1;
  int64_t rows = 0;  // of the table along the axis

  GatherPlan(int along, const TensorView& table, const TensorView& index, const TensorView& list);

  struct Offsets {
    int64_t table = 0, index = 0, list = 0;
  };
  Offsets offsets_of(int64_t i) const {
    Offsets at;
    for (size_t l = outer.size(); l-- > 0;) {
      const int64_t step = i % outer[l].size;
      i /= outer[l].size;
      at.table += step * outer[l].table;
      at.index += step * outer[l].index;
      at.list += step * outer[l].list;
    }
    return at;
  }
};

/// An index that the caller could not check is forced into the range.
inline int64_t clamped(int64_t index, int64_t rows) {
  if (static_cast<uint64_t>(index) < static_cast<uint64_t>(rows)) [[likely]]
    return index;
  return index < 0 ? 0 : rows - 1;
}

}  // namespace ct::cpu
