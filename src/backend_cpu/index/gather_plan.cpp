// Axes before and after the indexed one, neighbours merged where table, index and list all allow
// it; the last one behind it is the inner run.
#include "backend_cpu/index/gather_plan.hpp"

namespace ct::cpu {

GatherPlan::GatherPlan(int along, const TensorView& table, const TensorView& index,
                       const TensorView& list) {
  rows = table.shape[along];
  axis = {list.shape[along], table.strides[along], index.strides[along], list.strides[along]};
  std::vector<GatherLoop> before;
  std::vector<GatherLoop> after;
  for (int i = 0; i < list.shape.rank(); ++i) {
    if (i == along || list.shape[i] == 1) continue;
    auto& loops = i < along ? before : after;
    const GatherLoop next{list.shape[i], table.strides[i], index.strides[i], list.strides[i]};
    if (!loops.empty() && loops.back().table == next.size * next.table &&
        loops.back().index == next.size * next.index &&
        loops.back().list == next.size * next.list) {
      GatherLoop& last = loops.back();
      last = {last.size * next.size, next.table, next.index, next.list};
    } else {
      loops.push_back(next);
    }
  }
  if (!after.empty()) {
    inner = after.back();
    after.pop_back();
  }
  outer = std::move(before);
  outer.insert(outer.end(), after.begin(), after.end());
  for (const GatherLoop& loop : outer) outer_size *= loop.size;
}

}  // namespace ct::cpu
