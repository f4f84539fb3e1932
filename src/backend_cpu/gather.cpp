// gather and scatter_add of the CPU backend.
//
// Both are brought to the loops (outer …, j along the axis, k along one inner run). If the index
// does not change along k, as when whole rows of an embedding are picked, the run is copied or
// added as one. scatter_add never divides j among threads, so that every sum has its order.
#include <algorithm>
#include <cassert>
#include <cstring>
#include <vector>

#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/dense_view.hpp"
#include "backend_cpu/parallel.hpp"

namespace ct::cpu {
namespace {

constexpr int64_t kGrain = 16384;  // elements

/// One loop: its length and the steps of the three arrays. `table` is the array that the index
/// points into (gather's src, scatter_add's out), `list` the other one.
struct Loop {
  int64_t size = 1;
  int64_t table = 0, index = 0, list = 0;
};

struct Plan {
  std::vector<Loop> outer;
  Loop axis, inner;
  int64_t outer_size = 1;
  int64_t rows = 0;  // of the table along the axis

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

Plan plan_of(int axis, const TensorView& table, const TensorView& index, const TensorView& list) {
  Plan plan;
  plan.rows = table.shape[axis];
  plan.axis = {list.shape[axis], table.strides[axis], index.strides[axis], list.strides[axis]};
  std::vector<Loop> before;
  std::vector<Loop> after;
  for (int i = 0; i < list.shape.rank(); ++i) {
    if (i == axis || list.shape[i] == 1) continue;
    auto& loops = i < axis ? before : after;
    const Loop next{list.shape[i], table.strides[i], index.strides[i], list.strides[i]};
    if (!loops.empty() && loops.back().table == next.size * next.table &&
        loops.back().index == next.size * next.index &&
        loops.back().list == next.size * next.list) {
      Loop& last = loops.back();
      last = {last.size * next.size, next.table, next.index, next.list};
    } else {
      loops.push_back(next);
    }
  }
  if (!after.empty()) {
    plan.inner = after.back();
    after.pop_back();
  }
  plan.outer = std::move(before);
  plan.outer.insert(plan.outer.end(), after.begin(), after.end());
  for (const Loop& loop : plan.outer) plan.outer_size *= loop.size;
  return plan;
}

/// An index that the caller could not check is forced into the range.
int64_t clamped(int64_t index, int64_t rows) {
  if (static_cast<uint64_t>(index) < static_cast<uint64_t>(rows)) [[likely]]
    return index;
  return index < 0 ? 0 : rows - 1;
}

/// Calls fn(offsets, first j, end j, first k, end k). With `split_axis`, long axes are divided too.
template <class F>
void for_pieces(const Plan& plan, bool split_axis, const F& fn) {
  const int64_t inner = plan.inner.size;
  const int64_t line = plan.axis.size * inner;
  if (line <= kGrain) {
    parallel_ranges(plan.outer_size, std::max<int64_t>(1, kGrain / line),
                    [&](int64_t begin, int64_t end) {
                      for (int64_t i = begin; i < end; ++i) {
                        fn(plan.offsets_of(i), int64_t{0}, plan.axis.size, int64_t{0}, inner);
                      }
                    });
    return;
  }
  // A part of the axis, or, where its order counts, of the run: at least kPart elements wide, which
  // is a few cache lines, and at most 16 of them, since each reads all indices.
  constexpr int64_t kPart = 64;
  const int64_t j_step = split_axis ? std::max<int64_t>(1, kGrain / inner) : plan.axis.size;
  const int64_t k_step =
      split_axis ? (inner > kGrain ? kGrain : inner) : std::max(kPart, (inner + 15) / 16);
  const int64_t j_parts = (plan.axis.size + j_step - 1) / j_step;
  const int64_t k_parts = (inner + k_step - 1) / k_step;
  parallel_for(plan.outer_size * j_parts * k_parts, [&](int64_t piece) {
    const int64_t k = piece % k_parts * k_step;
    const int64_t j = piece / k_parts % j_parts * j_step;
    fn(plan.offsets_of(piece / k_parts / j_parts), j, std::min(plan.axis.size, j + j_step), k,
       std::min(inner, k + k_step));
  });
}

// How far ahead the rows of a table are fetched: they come in no order that hardware could foresee.
constexpr int64_t kAhead = 4;

template <class T>
void gather_as(const Plan& plan, const T* table, const int64_t* index, T* list) {
  const bool runs = plan.inner.index == 0 && plan.inner.table == 1 && plan.inner.list == 1;
  for_pieces(
      plan, true,
      [&](const Plan::Offsets& at, int64_t j_begin, int64_t j_end, int64_t k_begin, int64_t k_end) {
        const T* from = table + at.table;
        const int64_t* idx = index + at.index;
        T* to = list + at.list;
        const int64_t step = plan.axis.table;
        const auto row_at = [&](int64_t j) { return clamped(idx[j * plan.axis.index], plan.rows); };
        if (plan.inner.size == 1) {
          for (int64_t j = j_begin; j < j_end; ++j) to[j * plan.axis.list] = from[row_at(j) * step];
        } else if (runs) {
          const auto bytes = static_cast<size_t>(k_end - k_begin) * sizeof(T);
          for (int64_t j = j_begin; j < j_end; ++j) {
            if (j + kAhead < j_end) __builtin_prefetch(from + row_at(j + kAhead) * step + k_begin);
            std::memcpy(to + j * plan.axis.list + k_begin, from + row_at(j) * step + k_begin,
                        bytes);
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

struct Bool {
  bool value;
  friend Bool operator+(Bool a, Bool b) { return {a.value || b.value}; }
};

/// Integers wrap.
template <class T>
T sum_of(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    using U = std::make_unsigned_t<T>;
    return static_cast<T>(static_cast<U>(static_cast<U>(a) + static_cast<U>(b)));
  } else {
    return a + b;
  }
}

template <class T>
void scatter_as(const Plan& plan, T* table, const int64_t* index, const T* list) {
  const bool runs = plan.inner.index == 0 && plan.inner.table == 1 && plan.inner.list == 1;
  for_pieces(
      plan, false,
      [&](const Plan::Offsets& at, int64_t j_begin, int64_t j_end, int64_t k_begin, int64_t k_end) {
        T* to = table + at.table;
        const int64_t* idx = index + at.index;
        const T* from = list + at.list;
        const int64_t step = plan.axis.table;
        const auto row_at = [&](int64_t j) { return clamped(idx[j * plan.axis.index], plan.rows); };
        if (plan.inner.size == 1) {
          for (int64_t j = j_begin; j < j_end; ++j) {
            T& sum = to[row_at(j) * step];
            sum = sum_of(sum, from[j * plan.axis.list]);
          }
        } else if (runs) {
          for (int64_t j = j_begin; j < j_end; ++j) {
            if (j + kAhead < j_end) {
              __builtin_prefetch(to + row_at(j + kAhead) * step + k_begin, 1);
            }
            T* sums = to + row_at(j) * step;
            const T* values = from + j * plan.axis.list;
            for (int64_t k = k_begin; k < k_end; ++k) sums[k] = sum_of(sums[k], values[k]);
          }
        } else {
          for (int64_t j = j_begin; j < j_end; ++j) {
            const int64_t* row_index = idx + j * plan.axis.index;
            const T* values = from + j * plan.axis.list;
            for (int64_t k = k_begin; k < k_end; ++k) {
              const int64_t row = clamped(row_index[k * plan.inner.index], plan.rows);
              T& sum = to[row * step + k * plan.inner.table];
              sum = sum_of(sum, values[k * plan.inner.list]);
            }
          }
        }
      });
}

}  // namespace

void CpuBackend::gather(const GatherArgs& args) {
  if (numel(args.out.shape) == 0 || args.src.shape[args.axis] == 0) return;
  const Plan plan = plan_of(args.axis, args.src, args.index, args.out);
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

void CpuBackend::scatter_add(const GatherArgs& args) {
  if (numel(args.src.shape) == 0 || args.out.shape[args.axis] == 0) return;
  if (compute_type(args.out.dtype) == DType::float32 && args.out.dtype != DType::float32) {
    // Half types add up in float32 and are rounded once.
    const DenseInput src(*this, args.src, DType::float32);
    DenseOutput out(*this, args.out, DType::float32, OutputKind::update);
    const auto strides_of = [](TensorView view) {
      view.strides = contiguous_strides(view.shape);
      return view;
    };
    const Plan plan = plan_of(args.axis, strides_of(args.out), args.index, strides_of(args.src));
    scatter_as(plan, out.data<float>(), view_data<const int64_t>(args.index), src.data<float>());
    out.finish();
    return;
  }
  const Plan plan = plan_of(args.axis, args.out, args.index, args.src);
  const auto run = [&]<class T>() {
    scatter_as(plan, view_data<T>(args.out), view_data<const int64_t>(args.index),
               view_data<const T>(args.src));
  };
  switch (args.out.dtype) {
    case DType::float32:
      return run.operator()<float>();
    case DType::float64:
      return run.operator()<double>();
    case DType::int32:
      return run.operator()<int32_t>();
    case DType::int64:
      return run.operator()<int64_t>();
    case DType::uint8:
      return run.operator()<uint8_t>();
    case DType::bool_:
      return run.operator()<Bool>();
    case DType::float16:
    case DType::bfloat16:
      return;  // above
  }
}

}  // namespace ct::cpu
