// See gather_plan.hpp.
#include "core/view/gather_plan.hpp"

namespace ct {

GatherPlan::GatherPlan(int along, const TensorView& table, const TensorView& index,
                       const TensorView& list)
    : axis{list.shape[along], table.strides[along], index.strides[along], list.strides[along]},
      rows(table.shape[along]) {
  uint32_t behind = 0;  // marks the axes behind the one that is indexed: they stay apart
  for (int i = 0; i < list.shape.rank(); ++i) {
    if (i == along) continue;
    if (i > along) behind |= 1U << outer.rank;
    outer.add(list.shape[i], {table.strides[i], index.strides[i], list.strides[i]});
  }
  outer.collapse(behind);
  const int last = outer.rank - 1;
  if (last >= 0 && (behind >> last & 1U) != 0) {
    inner = {outer.size[last], outer.step[0][last], outer.step[1][last], outer.step[2][last]};
    outer.rank = last;
  }
  outer_size = outer.count();
}

}  // namespace ct
