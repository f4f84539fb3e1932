// CpuBackend::search: binary search without branches, values divided among threads.
#include <algorithm>

#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/dense_view.hpp"
#include "backend_cpu/parallel.hpp"

namespace ct::cpu {
namespace {

constexpr int64_t kGrain = 4096;

/// Whether the place of `value` is behind `element`. Written so that a NaN, here or there, ends up
/// where PyTorch puts it.
template <bool kRight, class T>
bool behind(T element, T value) {
  return kRight ? !(element > value) : !(element >= value);
}

template <bool kRight, class T>
int64_t place_of(const T* sorted, int64_t n, T value) {
  const T* base = sorted;
  while (n > 1) {
    const int64_t half = n / 2;
    base = behind<kRight>(base[half - 1], value) ? base + half : base;
    n -= half;
  }
  return base - sorted + (n == 1 && behind<kRight>(*base, value) ? 1 : 0);
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
  parallel_ranges(args.values.shape[0] * columns, kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const T* row = table + i / columns * row_step;
      to[i] = args.right ? place_of<true>(row, n, from[i]) : place_of<false>(row, n, from[i]);
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
    default:
      return search_as<int32_t>(*this, args);
  }
}

}  // namespace ct::cpu
