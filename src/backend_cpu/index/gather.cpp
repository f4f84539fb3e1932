// gather of the CPU backend. Its loops are described in core/view/gather_plan.hpp. If the index
// does not change along the inner run, as when whole rows of an embedding are picked, the run is
// copied as one.
#include <algorithm>
#include <cstring>

#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/index/gather_pieces.hpp"
#include "core/view/index_check.hpp"
#include "core/view/integer.hpp"
#include "core/view/strided.hpp"

namespace ct::cpu {
namespace {

/// Calls fn(offsets, first j, end j, first k, end k).
template <class F>
void for_pieces(const GatherPlan& plan, const F& fn) {
  const int64_t inner = plan.inner.size;
  const auto whole = [&](const GatherPlan::Offsets& at) {
    fn(at, int64_t{0}, plan.axis.size, int64_t{0}, inner);
  };
  if (for_whole_lines(plan, whole)) return;
  const int64_t j_step = std::max<int64_t>(1, kGatherGrain / inner);
  const int64_t k_step = std::min(inner, kGatherGrain);
  const int64_t j_parts = ceil_div(plan.axis.size, j_step);
  const int64_t k_parts = ceil_div(inner, k_step);
  parallel_for(plan.outer_size * j_parts * k_parts, [&](int64_t piece) {
    const int64_t k = piece % k_parts * k_step;
    const int64_t j = piece / k_parts % j_parts * j_step;
    fn(plan.offsets_of(piece / k_parts / j_parts), j, std::min(plan.axis.size, j + j_step), k,
       std::min(inner, k + k_step));
  });
}

template <class T>
void gather_as(const GatherPlan& plan, const T* table, const int64_t* index, T* list) {
  const bool runs = plan.inner.index == 0 && plan.inner.table == 1 && plan.inner.list == 1;
  for_pieces(plan, [&](const GatherPlan::Offsets& at, int64_t j_begin, int64_t j_end,
                       int64_t k_begin, int64_t k_end) {
    const T* from = table + at.table;
    const int64_t* idx = index + at.index;
    T* to = list + at.list;
    const int64_t step = plan.axis.table;
    const auto row_at = [&](int64_t j) { return clamped(idx[j * plan.axis.index], plan.rows); };
    if (plan.inner.size == 1 && step == 1 && plan.axis.index == 1 && plan.axis.list == 1) {
      // Picks of single elements from rows: four at a time, so that they do not wait for each
      // other's check.
      const auto rows = static_cast<uint64_t>(plan.rows);
      int64_t j = j_begin;
      for (; j + 4 <= j_end; j += 4) {
        const int64_t* i = idx + j;
        const bool inside =
            (static_cast<uint64_t>(i[0]) < rows) & (static_cast<uint64_t>(i[1]) < rows) &
            (static_cast<uint64_t>(i[2]) < rows) & (static_cast<uint64_t>(i[3]) < rows);
        if (!inside) [[unlikely]]
          break;
        const T a = from[i[0]], b = from[i[1]], c = from[i[2]], d = from[i[3]];
        to[j] = a;
        to[j + 1] = b;
        to[j + 2] = c;
        to[j + 3] = d;
      }
      for (; j < j_end; ++j) to[j] = from[row_at(j)];
    } else if (plan.inner.size == 1) {
      for (int64_t j = j_begin; j < j_end; ++j) to[j * plan.axis.list] = from[row_at(j) * step];
    } else if (runs) {
      const auto bytes = static_cast<size_t>(k_end - k_begin) * sizeof(T);
      for (int64_t j = j_begin; j < j_end; ++j) {
        if (j + kRowsAhead < j_end)
          __builtin_prefetch(from + row_at(j + kRowsAhead) * step + k_begin);
        std::memcpy(to + j * plan.axis.list + k_begin, from + row_at(j) * step + k_begin, bytes);
      }
    } else {
      for (int64_t j = j_begin; j < j_end; ++j) {
        const int64_t* row_index = idx + j * plan.axis.index;
        T* out = to + j * plan.axis.list;
        for (int64_t k = k_begin; k < k_end; ++k) {
          const int64_t row = clamped(row_index[k * plan.inner.index], plan.rows);
          out[k * plan.inner.list] = from[row * step + k * plan.inner.table];
        }
      }
    }
  });
}

}  // namespace

void CpuBackend::gather(const GatherArgs& args) {
  if (numel(args.out.shape) == 0 || args.src.shape[args.axis] == 0) return;
  if (args.check != nullptr) check_values(*args.check, view_data<const int64_t>(args.index));
  const GatherPlan plan(args.axis, args.src, args.index, args.out);
  const auto run = [&]<class T>() {
    gather_as(plan, view_data<const T>(args.src), view_data<const int64_t>(args.index),
              view_data<T>(args.out));
  };
  switch (item_size(args.src.dtype)) {  // only the size counts
    case 1:
      return run.operator()<uint8_t>();
    case 2:
      return run.operator()<uint16_t>();
    case 4:
      return run.operator()<uint32_t>();
    default:
      return run.operator()<uint64_t>();
  }
}

}  // namespace ct::cpu
