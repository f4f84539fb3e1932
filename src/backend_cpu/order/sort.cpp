// CpuBackend::sort: rows are sorted side by side, long ones one after the other by all threads (see
// row_sorter.hpp). The order of entries has no ties, so that any division among threads gives the
// same result.
#include <algorithm>
#include <cassert>
#include <limits>

#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/order/row_sorter.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "backend_cpu/runtime/scratch.hpp"
#include "core/view/dense.hpp"

namespace ct::cpu {
namespace {

/// Longer rows are sorted one by one, by all threads.
constexpr int64_t kLongRow = 65536;
/// Elements of short rows for one thread.
constexpr int64_t kSortGrain = 8192;

template <class Key, class Entry>
void sort_rows(CpuBackend& backend, int64_t rows, const Row<typename Key::Bits>& first) {
  using Sorter = RowSorter<Key, Entry>;
  const auto row_at = [&](int64_t i) {
    Row<typename Key::Bits> row = first;
    row.in += i * row.n;
    if (row.values != nullptr) row.values += i * row.count;
    if (row.indices != nullptr) row.indices += i * row.count;
    return row;
  };
  if (first.n <= kLongRow) {
    parallel_ranges(rows, std::max<int64_t>(1, kSortGrain / first.n),
                    [&](int64_t begin, int64_t end) {
                      const int64_t room = Sorter::room(first, 1);
                      auto* a = scratch<Entry>(Scratch::block_a, room);
                      auto* b = scratch<Entry>(Scratch::block_b, room);
                      for (int64_t i = begin; i < end; ++i) Sorter::run(row_at(i), a, b, 1);
                    });
    return;
  }
  const int64_t blocks = num_threads() == 1 ? 1 : std::min<int64_t>(64, first.n / (kLongRow / 2));
  const int64_t room = Sorter::room(first, blocks);
  const Temporary a(backend, static_cast<size_t>(room) * sizeof(Entry));
  const Temporary b(backend, static_cast<size_t>(room) * sizeof(Entry));
  for (int64_t i = 0; i < rows; ++i) {
    Sorter::run(row_at(i), static_cast<Entry*>(a.buffer()), static_cast<Entry*>(b.buffer()),
                blocks);
  }
}

template <class Key>
void sort_as(CpuBackend& backend, const SortArgs& args) {
  using Bits = typename Key::Bits;
  const TensorView input = axis_last(args.input, args.axis);
  const TensorView value_view = axis_last(args.values, args.axis);
  const TensorView index_view = axis_last(args.indices, args.axis);
  const DenseInput in(backend, input, input.dtype);
  DenseOutput values(backend, value_view, input.dtype);
  DenseOutput indices(backend, index_view, DType::int64);
  Row<Bits> row;
  row.in = in.template data<Bits>();
  row.n = input.shape.back();
  row.first = args.first;
  row.count = (value_view ? value_view : index_view).shape.back();
  row.flip = args.descending ? std::numeric_limits<Bits>::max() : Bits{0};
  if (is_integral(input.dtype) && is_signed(input.dtype)) {
    row.flip = static_cast<Bits>(row.flip ^ Key::kSign);
  }
  row.values = values.template data<Bits>();
  row.indices = indices.data<int64_t>();
  const int64_t rows = numel(input.shape) / row.n;
  if (sizeof(Bits) <= 4 && row.n <= (int64_t{1} << 32)) {
    sort_rows<Key, NarrowEntry>(backend, rows, row);
  } else {
    sort_rows<Key, WideEntry>(backend, rows, row);
  }
  values.finish();
  indices.finish();
}

}  // namespace

void CpuBackend::sort(const SortArgs& args) {
  if (numel(args.input.shape) == 0) return;
  if (numel((args.values ? args.values : args.indices).shape) == 0) return;
  switch (args.input.dtype) {
    case DType::float32:
      return sort_as<Float32Key>(*this, args);
    case DType::float64:
      return sort_as<Float64Key>(*this, args);
    case DType::float16:
      return sort_as<Float16Key>(*this, args);
    case DType::bfloat16:
      return sort_as<BFloat16Key>(*this, args);
    case DType::int32:
    case DType::uint32:
      return sort_as<Int32Key>(*this, args);
    case DType::int64:
    case DType::uint64:
      return sort_as<Int64Key>(*this, args);
    case DType::int16:
    case DType::uint16:
      return sort_as<Int16Key>(*this, args);
    case DType::int8:
    case DType::uint8:
    case DType::bool_:
      return sort_as<Int8Key>(*this, args);
    case DType::complex64:
    case DType::complex128:
      assert(false && "ops take complex numbers apart");
  }
}

}  // namespace ct::cpu
