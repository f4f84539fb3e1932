// Bags of embeddings on the CPU: a bag is a task, and its rows are added up without being copied.
// Vector code: simd/index/bag_kernels.hpp.
#include <algorithm>
#include <vector>

#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/index/gather_pieces.hpp"
#include "backend_cpu/simd/index/bag_kernels.hpp"
#include "core/view/dense.hpp"
#include "core/view/index_check.hpp"

namespace ct::cpu {
namespace {

/// Of each column the largest, and the row that has it: the first of equal ones, and a NaN wins.
template <class T>
void largest(const T* table, const int64_t* rows, int64_t count, int64_t d, T* out,
             int64_t* which) {
  std::fill_n(out, d, T{0});
  std::fill_n(which, d, int64_t{0});
  for (int64_t i = 0; i < count; ++i) {
    const T* row = table + rows[i] * d;
    for (int64_t c = 0; c < d; ++c) {
      if (i > 0 && !(row[c] > out[c]) && row[c] == row[c]) continue;
      if (i > 0 && out[c] != out[c]) continue;
      out[c] = row[c];
      which[c] = rows[i];
    }
  }
}

template <class T>
void bag_as(CpuBackend& backend, const BagArgs& args) {
  const DType type = compute_type(args.table.dtype);
  const DenseInput table(backend, args.table, type), scale(backend, args.scale, type);
  const DenseInput index(backend, args.index, DType::int64);
  const DenseInput offsets(backend, args.offsets, DType::int64);
  DenseOutput out(backend, args.out, type), which(backend, args.which, DType::int64);
  const int64_t bags = args.out.shape[0], d = args.out.shape[1], n = args.index.shape[0];
  const int64_t last_row = args.table.shape[0] - 1;
  const auto* indices = index.template data<int64_t>();
  const auto* bounds = args.offsets ? offsets.template data<int64_t>() : nullptr;
  const T* scales = args.scale ? scale.template data<T>() : nullptr;
  const int64_t work = std::max<int64_t>(1, n * d / bags);
  parallel_ranges(
      bags, std::max<int64_t>(1, kGatherGrain / work), [&](int64_t first, int64_t after) {
        std::vector<int64_t> rows;  // where some are ignored
        std::vector<T> kept;
        for (int64_t b = first; b < after; ++b) {
          const int64_t begin =
              bounds == nullptr ? b * args.length : std::clamp<int64_t>(bounds[b], 0, n);
          const int64_t end =
              bounds == nullptr ? begin + args.length : std::clamp(bounds[b + 1], begin, n);
          const int64_t* at = indices + begin;
          const T* by = scales == nullptr ? nullptr : scales + begin;
          int64_t count = end - begin;
          if (args.ignored >= 0 && std::find(at, at + count, args.ignored) != at + count) {
            rows.clear();
            kept.clear();
            for (int64_t i = 0; i < count; ++i) {
              if (at[i] == args.ignored) continue;
              rows.push_back(std::clamp<int64_t>(at[i], 0, last_row));
              if (by != nullptr) kept.push_back(by[i]);
            }
            at = rows.data();
            by = by == nullptr ? nullptr : kept.data();
            count = static_cast<int64_t>(rows.size());
          }
          T* to = out.template data<T>() + b * d;
          if (args.mode == BagMode::maximum) {
            largest(table.template data<T>(), at, count, d, to,
                    which.template data<int64_t>() + b * d);
          } else {
            const T factor =
                args.mode == BagMode::mean && count > 0 ? T{1} / static_cast<T>(count) : T{1};
            bag_kernels<T>().add(table.template data<T>(), at, by, count, d, factor, to);
          }
        }
      });
  out.finish();
  which.finish();
}

}  // namespace

void CpuBackend::bag(const BagArgs& args) {
  if (numel(args.out.shape) == 0) return;
  if (args.check != nullptr) check_values(*args.check, view_data<const int64_t>(args.index));
  if (compute_type(args.table.dtype) == DType::float64) {
    bag_as<double>(*this, args);
  } else {
    bag_as<float>(*this, args);
  }
}

}  // namespace ct::cpu
