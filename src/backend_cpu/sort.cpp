// CpuBackend::sort. Rows become entries (ordered key, place): a whole row is sorted by radix, a
// part of it is selected first. The best few of many are kept in a small buffer: an element is
// compared with the worst of it, sixteen at a time, and hardly ever enters. The entries' order has
// no ties, so that any division among threads gives the same result.
#include <algorithm>
#include <limits>
#include <vector>

#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/dense_view.hpp"
#include "backend_cpu/parallel.hpp"
#include "backend_cpu/radix_sort.hpp"
#include "backend_cpu/scratch.hpp"
#include "backend_cpu/sort_keys.hpp"

namespace ct::cpu {
namespace {

/// Longer rows are sorted one by one, by all threads.
constexpr int64_t kLongRow = 65536;
/// Elements of short rows for one thread.
constexpr int64_t kGrain = 8192;
/// Below: comparing is faster than 256 counters a byte.
constexpr int64_t kSmall = 96;
/// The best count of n are filtered if count <= n / kFew.
constexpr int64_t kFew = 32;
/// Elements compared at once.
constexpr int64_t kGroup = 16;

/// One line to sort, dense.
template <class Bits>
struct Row {
  const Bits* in = nullptr;
  int64_t n = 0, first = 0, count = 0;
  Bits flip = 0;
  Bits* values = nullptr;
  int64_t* indices = nullptr;
};

template <class Key, class Entry>
class RowSorter {
 public:
  using Bits = typename Key::Bits;

  /// Entries that `a` must hold, and `b`.
  static int64_t room(const Row<Bits>& row, int64_t blocks) {
    return few(row) ? blocks * buffer_size(row.count) : row.n;
  }

  static void run(const Row<Bits>& row, Entry* a, Entry* b, int64_t blocks) {
    if (few(row)) {
      select(row, a, filter(row, a, blocks));
      return;
    }
    const int64_t length = (row.n + blocks - 1) / blocks;
    parallel_ranges(row.n, length, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) a[i] = {Key::key(row.in[i], row.flip), i};
    });
    if (row.n <= kSmall || row.count <= kSmall) {
      select(row, a, row.n);
    } else {
      write(row, radix_sort<Key::kBytes>(a, b, row.n, blocks) + row.first);
    }
  }

 private:
  static bool few(const Row<Bits>& row) { return row.first == 0 && row.count <= row.n / kFew; }
  static int64_t buffer_size(int64_t count) { return 2 * count + 64; }

  /// Finds the wanted ones of n entries by comparing, and sorts them.
  static void select(const Row<Bits>& row, Entry* a, int64_t n) {
    Entry* begin = a + row.first;
    Entry* end = begin + row.count;
    if (row.first > 0) std::nth_element(a, begin, a + n);
    if (end < a + n) std::nth_element(begin, end, a + n);
    std::sort(begin, end);
    write(row, begin);
  }

  static void write(const Row<Bits>& row, const Entry* sorted) {
    if (row.values != nullptr) {
      for (int64_t i = 0; i < row.count; ++i) {
        const Bits key = static_cast<Bits>(sorted[i].key());
        row.values[i] =
            Key::ambiguous(key, row.flip) ? row.in[sorted[i].place()] : Key::element(key, row.flip);
      }
    }
    if (row.indices != nullptr) {
      for (int64_t i = 0; i < row.count; ++i) row.indices[i] = sorted[i].place();
    }
  }

  /// Brings a superset of the best row.count entries to the front of `a`; returns its size.
  static int64_t filter(const Row<Bits>& row, Entry* a, int64_t blocks) {
    const int64_t length = (row.n + blocks - 1) / blocks;
    const int64_t room = buffer_size(row.count);
    std::vector<int64_t> found(static_cast<size_t>(blocks));
    parallel_for(blocks, [&](int64_t b) {
      const int64_t begin = std::min(row.n, b * length);
      found[static_cast<size_t>(b)] =
          best_of(row, begin, std::min(row.n, begin + length), a + b * room, room);
    });
    int64_t n = found[0];
    for (int64_t b = 1; b < blocks; ++b) {
      std::copy_n(a + b * room, found[static_cast<size_t>(b)], a + n);
      n += found[static_cast<size_t>(b)];
    }
    return n;
  }

  static int64_t best_of(const Row<Bits>& row, int64_t begin, int64_t end, Entry* kept,
                         int64_t room) {
    int64_t n = 0;
    int64_t i = begin;
    for (; i < end && n < room; ++i) kept[n++] = {Key::key(row.in[i], row.flip), i};
    if (i == end) return n;
    Bits worst = 0;
    const auto shrink = [&] {
      std::nth_element(kept, kept + row.count - 1, kept + n);
      n = row.count;
      worst = static_cast<Bits>(kept[n - 1].key());
    };
    shrink();
    const auto take = [&](int64_t at) {
      // Of equal elements the earlier one is better, and it is here.
      const Bits key = Key::key(row.in[at], row.flip);
      if (key < worst) {
        kept[n++] = {key, at};
        if (n == room) shrink();
      }
    };
    for (; i + kGroup <= end; i += kGroup) {
      unsigned any = 0;
      for (int64_t k = 0; k < kGroup; ++k) {
        any |= static_cast<unsigned>(Key::key(row.in[i + k], row.flip) < worst);
      }
      if (any == 0) [[likely]]
        continue;
      for (int64_t k = 0; k < kGroup; ++k) take(i + k);
    }
    for (; i < end; ++i) take(i);
    return n;
  }
};

/// A temporary of the device's pool.
class Temporary {
 public:
  Temporary(CpuBackend& backend, size_t bytes)
      : backend_(backend), bytes_(std::max<size_t>(1, bytes)), data_(backend.allocate(bytes_)) {}
  ~Temporary() { backend_.deallocate(data_, bytes_); }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  void* data() const { return data_; }

 private:
  CpuBackend& backend_;
  size_t bytes_;
  void* data_;
};

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
    parallel_ranges(rows, std::max<int64_t>(1, kGrain / first.n), [&](int64_t begin, int64_t end) {
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
    Sorter::run(row_at(i), static_cast<Entry*>(a.data()), static_cast<Entry*>(b.data()), blocks);
  }
}

/// The view with `axis` moved to the end.
TensorView axis_last(TensorView view, int axis) {
  if (!view) return view;
  const int64_t size = view.shape[axis];
  const int64_t stride = view.strides[axis];
  view.shape.erase(axis);
  view.shape.push_back(size);
  view.strides.erase(axis);
  view.strides.push_back(stride);
  return view;
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
      return sort_as<Int32Key>(*this, args);
    case DType::int64:
      return sort_as<Int64Key>(*this, args);
    case DType::uint8:
    case DType::bool_:
      return sort_as<UInt8Key>(*this, args);
  }
}

}  // namespace ct::cpu
