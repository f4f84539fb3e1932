// CpuBackend::search: binary search without branches, of several values at once, since each step
// waits for memory; values are divided among threads.
#include <algorithm>

#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "core/view/dense.hpp"

namespace ct::cpu {
namespace {

constexpr int64_t kSearchGrain = 4096;

/// Whether the place of `value` is behind `element`. Written so that a NaN, here or there, ends up
/// where PyTorch puts it.
template <bool kRight, class T>
bool behind(T element, T value) {
  return kRight ? !(element > value) : !(element >= value);
}

/// Values that are searched for side by side.
constexpr int64_t kAtOnce = 8;

template <bool kRight, int64_t kCount, class T>
void places_of(const T* sorted, int64_t n, const T* values, int64_t* places) {
  int64_t at[kCount] = {};
  const auto step = [&](int64_t k, int64_t probe, int64_t length) {
    // By a mask: the outcome is not to be predicted.
    at[k] += -static_cast<int64_t>(behind<kRight>(sorted[probe], values[k])) & length;
  };
  int64_t left = n;
  while (left > 1) {
    const int64_t half = left / 2;
    for (int64_t k = 0; k < kCount; ++k) step(k, at[k] + half - 1, half);
    left -= half;
  }
  if (left == 1) {
    for (int64_t k = 0; k < kCount; ++k) step(k, at[k], 1);
  }
  for (int64_t k = 0; k < kCount; ++k) places[k] = at[k];
}

/// `count` values in one row of sorted numbers.
template <bool kRight, class T>
void search_row(const T* sorted, int64_t n, const T* values, int64_t count, int64_t* places) {
  int64_t i = 0;
  for (; i + kAtOnce <= count; i += kAtOnce) {
    places_of<kRight, kAtOnce>(sorted, n, values + i, places + i);
  }
  for (; i < count; ++i) places_of<kRight, 1>(sorted, n, values + i, places + i);
}

template <class T>
void search_as(CpuBackend& backend, const SearchArgs& args) {
  const DenseInput sorted(backend, args.sorted, dtype_of<T>);
  const DenseInput values(backend, args.values, dtype_of<T>);
  DenseOutput indices(backend, args.indices, DType::int64);
  const T* table = sorted.template data<T>();
  const T* from = values.template data<T>();
  auto* to = indices.data<int64_t>();
  const int64_t n = args.sorted.shape[1];
  const int64_t columns = args.values.shape[1];
  const int64_t row_step = args.sorted.shape[0] == 1 ? 0 : n;
  parallel_ranges(args.values.shape[0] * columns, kSearchGrain, [&](int64_t begin, int64_t end) {
    while (begin < end) {
      const int64_t row = begin / columns;
      const int64_t count = std::min(end, (row + 1) * columns) - begin;
      const T* sorted_row = table + row * row_step;
      if (args.right) {
        search_row<true>(sorted_row, n, from + begin, count, to + begin);
      } else {
        search_row<false>(sorted_row, n, from + begin, count, to + begin);
      }
      begin += count;
    }
  });
  indices.finish();
}

}  // namespace

void CpuBackend::search(const SearchArgs& args) {
  if (numel(args.values.shape) == 0) return;
  switch (compute_type(args.sorted.dtype)) {
    case DType::float32:
      return search_as<float>(*this, args);
    case DType::float64:
      return search_as<double>(*this, args);
    case DType::int64:
      return search_as<int64_t>(*this, args);
    case DType::uint64:
      return search_as<uint64_t>(*this, args);
    default:
      return search_as<int32_t>(*this, args);
  }
}

}  // namespace ct::cpu
