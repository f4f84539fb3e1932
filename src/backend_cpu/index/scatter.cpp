// scatter of the CPU backend. Its loops are described in core/view/gather_plan.hpp. The axis is
// never divided among threads, so that every sum has its order; where there are too few other
// elements to divide, each piece takes a range of the table's rows and passes over the indices of
// the others.
#include <algorithm>
#include <cassert>
#include <cmath>

#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/index/gather_pieces.hpp"
#include "core/view/dense.hpp"
#include "core/view/index_check.hpp"
#include "core/view/integer.hpp"
#include "core/view/strided.hpp"

namespace ct::cpu {
namespace {

struct Bool {
  bool value;
};

/// Integers wrap. A NaN wins.
template <ScatterMode kMode, class T>
T combined(T a, T b) {
  if constexpr (kMode == ScatterMode::assign) {
    return b;
  } else if constexpr (std::is_same_v<T, Bool>) {
    constexpr bool kEither = kMode == ScatterMode::add || kMode == ScatterMode::maximum;
    return {kEither ? a.value || b.value : a.value && b.value};
  } else if constexpr (kMode == ScatterMode::maximum) {
    return b > a || b != b ? b : a;
  } else if constexpr (kMode == ScatterMode::minimum) {
    return b < a || b != b ? b : a;
  } else if constexpr (std::is_integral_v<T>) {
    using U = std::common_type_t<std::make_unsigned_t<T>, unsigned>;
    const auto x = static_cast<U>(a);
    const auto y = static_cast<U>(b);
    return static_cast<T>(kMode == ScatterMode::add ? x + y : x * y);
  } else {
    return kMode == ScatterMode::add ? a + b : a * b;
  }
}

/// A part of the elements along the run, and of the table's rows.
struct Part {
  int64_t k_begin = 0, k_end = 0, row_begin = 0, rows = 0;
  bool has(int64_t row) const {
    return static_cast<uint64_t>(row - row_begin) < static_cast<uint64_t>(rows);
  }
};

/// Calls fn(offsets, part).
template <class F>
void for_parts(const GatherPlan& plan, const F& fn) {
  const int64_t inner = plan.inner.size;
  const auto whole = [&](const GatherPlan::Offsets& at) { fn(at, Part{0, inner, 0, plan.rows}); };
  if (for_whole_lines(plan, whole)) return;
  // Every part reads all indices: at most 16 along the run, at least 64 elements (a few cache
  // lines) wide; or 8 along the rows, which pays only if a row is some work.
  const int64_t k_step = std::max<int64_t>(64, ceil_div(inner, 16));
  const int64_t k_parts = ceil_div(inner, k_step);
  const bool by_rows = k_parts * plan.outer_size < 8 && inner >= 8 && plan.rows >= 64;
  const int64_t row_parts = by_rows ? 8 : 1;
  const int64_t row_step = ceil_div(plan.rows, row_parts);
  parallel_for(plan.outer_size * k_parts * row_parts, [&](int64_t piece) {
    const int64_t k = piece % k_parts * k_step;
    const int64_t row = piece / k_parts % row_parts * row_step;
    fn(plan.offsets_of(piece / k_parts / row_parts),
       Part{k, std::min(inner, k + k_step), row, std::min(row_step, plan.rows - row)});
  });
}

template <ScatterMode kMode, class T>
void scatter_as(const GatherPlan& plan, T* table, const int64_t* index, const T* list) {
  const bool runs = plan.inner.index == 0 && plan.inner.table == 1 && plan.inner.list == 1;
  const int64_t step = plan.axis.table;
  const int64_t count = plan.axis.size;
  for_parts(plan, [&](const GatherPlan::Offsets& at, const Part& part) {
    T* to = table + at.table;
    const int64_t* idx = index + at.index;
    const T* from = list + at.list;
    const auto row_at = [&](int64_t j) { return clamped(idx[j * plan.axis.index], plan.rows); };
    if (plan.inner.size == 1) {
      int64_t j = 0;
      if (step == 1 && plan.axis.index == 1 && plan.axis.list == 1) {
        // Single elements of rows: four checks at a time; the places still change in their order.
        const auto rows = static_cast<uint64_t>(plan.rows);
        const auto inside = [&](int64_t i) { return static_cast<uint64_t>(idx[i]) < rows; };
        for (; j + 4 <= count; j += 4) {
          if (!(inside(j) & inside(j + 1) & inside(j + 2) & inside(j + 3))) [[unlikely]]
            break;
          for (int64_t i = j; i < j + 4; ++i) to[idx[i]] = combined<kMode>(to[idx[i]], from[i]);
        }
      }
      for (; j < count; ++j) {
        T& place = to[row_at(j) * step];
        place = combined<kMode>(place, from[j * plan.axis.list]);
      }
    } else if (runs) {
      for (int64_t j = 0; j < count; ++j) {
        if (j + kRowsAhead < count) {
          __builtin_prefetch(to + row_at(j + kRowsAhead) * step + part.k_begin, 1);
        }
        const int64_t row = row_at(j);
        if (!part.has(row)) continue;
        T* places = to + row * step;
        const T* values = from + j * plan.axis.list;
        for (int64_t k = part.k_begin; k < part.k_end; ++k) {
          places[k] = combined<kMode>(places[k], values[k]);
        }
      }
    } else {
      for (int64_t j = 0; j < count; ++j) {
        const int64_t* row_index = idx + j * plan.axis.index;
        const T* values = from + j * plan.axis.list;
        for (int64_t k = part.k_begin; k < part.k_end; ++k) {
          const int64_t row = clamped(row_index[k * plan.inner.index], plan.rows);
          if (!part.has(row)) continue;
          T& place = to[row * step + k * plan.inner.table];
          place = combined<kMode>(place, values[k * plan.inner.list]);
        }
      }
    }
  });
}

template <ScatterMode kMode, class T>
void run_mode(const ScatterArgs& args) {
  scatter_as<kMode>(GatherPlan(args.axis, args.out, args.index, args.src), view_data<T>(args.out),
                    view_data<const int64_t>(args.index), view_data<const T>(args.src));
}

/// Order is T's; what wraps is done in Wrapped, whose bits are T's.
template <class T, class Wrapped = T>
void run(const ScatterArgs& args) {
  switch (args.mode) {
    case ScatterMode::assign:
      return run_mode<ScatterMode::assign, Wrapped>(args);
    case ScatterMode::add:
      return run_mode<ScatterMode::add, Wrapped>(args);
    case ScatterMode::multiply:
      return run_mode<ScatterMode::multiply, Wrapped>(args);
    case ScatterMode::maximum:
      return run_mode<ScatterMode::maximum, T>(args);
    case ScatterMode::minimum:
      return run_mode<ScatterMode::minimum, T>(args);
  }
}

}  // namespace

void CpuBackend::scatter(const ScatterArgs& args) {
  if (numel(args.src.shape) == 0 || args.out.shape[args.axis] == 0) return;
  if (args.check != nullptr) check_values(*args.check, view_data<const int64_t>(args.index));
  switch (args.out.dtype) {
    case DType::float32:
      return run<float>(args);
    case DType::float64:
      return run<double>(args);
    case DType::int32:
      return run<int32_t>(args);
    case DType::int64:
      return run<int64_t>(args);
    case DType::uint8:
      return run<uint8_t>(args);
    case DType::int8:
      return run<int8_t, uint8_t>(args);
    case DType::int16:
      return run<int16_t, uint16_t>(args);
    case DType::uint16:
      return run<uint16_t>(args);
    case DType::uint32:
      return run<uint32_t, int32_t>(args);
    case DType::uint64:
      return run<uint64_t, int64_t>(args);
    case DType::bool_:
      return run<Bool>(args);
    case DType::float16:
    case DType::bfloat16:
      break;
    case DType::complex64:
    case DType::complex128:
      assert(false && "ops take complex numbers apart");
      return;
  }
  if (args.mode == ScatterMode::assign) return run<uint16_t>(args);
  // The half types are combined in float32 and rounded once.
  const DenseInput src(*this, args.src, DType::float32);
  DenseOutput out(*this, args.out, DType::float32, OutputKind::update);
  ScatterArgs wide = args;
  wide.src = src.view();
  wide.out = out.view();
  run<float>(wide);
  out.finish();
}

}  // namespace ct::cpu
