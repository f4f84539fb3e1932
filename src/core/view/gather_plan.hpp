// What gather and scatter share on every device: both are brought to the loops (outer …, j along
// the axis, k along one inner run). kernels/index/gather.cl reads a plan as it lies.
#pragma once

#include <cstdint>

#include "core/view/loops.hpp"
#include "customtensor/backend.hpp"
#include "customtensor/export.hpp"

namespace ct {

/// One loop: its length and the steps of the three arrays. `table` is the array that the index
/// points into (gather's src, scatter's out), `list` the other one.
struct GatherLoop {
  int64_t size = 1;
  int64_t table = 0, index = 0, list = 0;
};

struct CT_API GatherPlan {
  Loops<3> outer;  ///< of table, index and list
  GatherLoop axis, inner;
  int64_t outer_size = 1;
  int64_t rows = 0;  ///< of the table along the axis

  GatherPlan(int along, const TensorView& table, const TensorView& index, const TensorView& list);

  struct Offsets {
    int64_t table, index, list;
  };
  Offsets offsets_of(int64_t i) const {
    const auto at = outer.offsets(i);
    return {at[0], at[1], at[2]};
  }
};

}  // namespace ct
