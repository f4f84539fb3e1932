// OpenClBackend::sort: the kernels of kernels/order/sort.cl and select.cl, and which algorithm a
// call takes. All of them give the same order, so that the choice and the blocks may follow the
// device.
#include <limits>
#include <mutex>

#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "core/view/dense.hpp"
#include "core/view/integer.hpp"

namespace ct::opencl {
namespace {

/// As in the kernels: longest rows whose ranks may be counted; most of the best that are kept.
constexpr int64_t kMostCounted = 256;
constexpr int64_t kBestKept = 32;
/// Elements of a row that an item of a CPU works on.
constexpr int64_t kCpuBlock = 16384;
/// Places are counted in ints.
constexpr int64_t kLongestSorted = std::numeric_limits<int32_t>::max() / 2;

/// The bits of a dtype's keys, which are those of its compute type, that are not all alike.
struct KeyBits {
  int low, high;
};
KeyBits key_bits(DType dtype) {
  switch (dtype) {
    case DType::float16:
      return {13, 32};
    case DType::bfloat16:
      return {16, 32};
    case DType::uint8:
      return {0, 8};
    case DType::bool_:
      return {0, 1};
    case DType::uint16:
      return {0, 16};
    case DType::uint32:  // a key of int64, whose upper half is the same for all
    case DType::int8:    // signs reach into all bits of int32
    case DType::int16:
      return {0, 32};
    default:
      return {0, 8 * static_cast<int>(item_size(dtype))};
  }
}

/// Pieces of every row, for one item each.
struct Blocks {
  int64_t size, count;
  Blocks(int64_t n, int64_t size_) : size(size_), count(ceil_div(n, size_)) {}
};

enum class SortAlgorithm : uint8_t { counting_ranks, keeping_best, narrowing, rows, radix };

/// Elements first … first + count - 1 of rows of n. On CPUs an item sorts a row that is one block
/// by itself: 1024 x 1024 take 1.3 times the cpu device's time so, 2.3 with a kernel a pass.
SortAlgorithm choose_sort(int64_t n, int64_t first, int64_t count, bool cpu, size_t key_bytes) {
  const int64_t few_comparisons = key_bytes == 8 ? 64 : 128;
  if (n <= (cpu ? few_comparisons : kMostCounted)) return SortAlgorithm::counting_ranks;
  if (first + count <= kBestKept) return SortAlgorithm::keeping_best;
  if (count == 1) return SortAlgorithm::narrowing;
  return cpu && n <= kCpuBlock ? SortAlgorithm::rows : SortAlgorithm::radix;
}

struct RowOrder {
  OpenClBackend& backend;
  Runtime& runtime;
  DType dtype;
  int64_t rows, n, first, count;
  bool descending;
  const DenseInput& x;
  DenseOutput& values;
  DenseOutput& indices;

  void run() {
    switch (choose_sort(n, first, count, is_cpu(), item_size(compute()))) {
      case SortAlgorithm::counting_ranks:
        return by_counting_ranks();
      case SortAlgorithm::keeping_best:
        return by_keeping_best();
      case SortAlgorithm::narrowing:
        return by_narrowing();
      case SortAlgorithm::rows:
        return by_rows();
      case SortAlgorithm::radix:
        return by_radix();
    }
  }

 private:
  bool is_cpu() const { return runtime.profile().style == Style::cpu; }
  DType compute() const { return compute_type(dtype); }
  int digit_bits() const { return is_cpu() ? 8 : 4; }
  size_t entry_bytes() const { return item_size(compute()) == 8 ? 16 : 8; }
  static int32_t narrow(int64_t size) { return static_cast<int32_t>(size); }

  /// The lock is held.
  Launch launch(LibraryKernel which) { return {runtime, runtime.library(which, compute())}; }
  void set_results(Launch& call) {
    call.array(values);
    call.array(indices);
  }
  void set_rows(Launch& call, const Blocks& blocks) {
    call.values(rows, narrow(n), narrow(blocks.size), narrow(blocks.count));
  }

  void by_counting_ranks() {
    const std::lock_guard lock(runtime.mutex());
    Launch call = launch(LibraryKernel::sort_short);
    call.array(x);
    set_results(call);
    call.values(rows, narrow(n), narrow(first), narrow(count), int32_t{descending});
    call.run_rows(rows, n * (n / 8 + 8));
  }

  /// `entries`: `length` for each row, in order.
  void write(const void* entries, int64_t length) {
    Launch call = launch(LibraryKernel::sort_write);
    call.buffer(entries);
    call.array(x);
    set_results(call);
    call.values(rows, narrow(n), narrow(length), narrow(first), narrow(count), int32_t{descending});
    call.run_tasks(rows * count, 4);
  }

  void by_keeping_best() {
    const int64_t most = first + count;
    const int64_t size = is_cpu() ? kCpuBlock : 512;
    const Blocks all(n, size);
    const auto bytes = static_cast<size_t>(rows * all.count * most) * entry_bytes();
    const Scratch a(runtime, bytes);
    const Scratch b(runtime, bytes);
    void* best = a.buffer();
    void* other = b.buffer();
    const std::lock_guard lock(runtime.mutex());
    Launch call = launch(LibraryKernel::best_elements);
    call.array(x);
    call.buffer(best);
    set_rows(call, all);
    call.values(narrow(most), int32_t{descending});
    call.run_tasks(rows * all.count, all.size);
    for (int64_t length = all.count * most; length > most;) {
      const Blocks blocks(length, size);
      Launch next = launch(LibraryKernel::best_entries);
      next.buffer(best);
      next.buffer(other);
      next.values(rows, narrow(length), narrow(blocks.size), narrow(blocks.count), narrow(most));
      next.run_tasks(rows * blocks.count, blocks.size);
      length = blocks.count * most;
      std::swap(best, other);
    }
    write(best, most);
  }

  /// counts (rows, digits * blocks) become sums along the rows.
  void sum_up(const Scratch& counts, const Blocks& blocks) {
    ScanArgs args;
    const Shape shape{rows, (int64_t{1} << digit_bits()) * blocks.count};
    args.axis = 1;
    args.input = {counts.buffer(), 0, DType::int32, shape, contiguous_strides(shape)};
    args.output = args.input;
    backend.scan(args);
  }
  size_t count_bytes(const Blocks& blocks) const {
    return static_cast<size_t>(rows * blocks.count << digit_bits()) * sizeof(int32_t);
  }

  void by_narrowing() {
    const Blocks blocks(n, is_cpu() ? kCpuBlock : 256);
    const Scratch searches(runtime, static_cast<size_t>(rows) * 16);
    const Scratch counts(runtime, count_bytes(blocks));
    {
      const std::lock_guard lock(runtime.mutex());
      Launch call = launch(LibraryKernel::select_begin);
      call.buffer(searches.buffer());
      call.values(rows, narrow(first));
      call.run_tasks(rows, 1);
    }
    const int step = digit_bits();
    const int lowest = key_bits(dtype).low / step * step;
    for (int shift = 8 * static_cast<int>(item_size(compute())) - step; shift >= lowest;
         shift -= step) {
      {
        const std::lock_guard lock(runtime.mutex());
        Launch call = launch(LibraryKernel::select_count);
        call.array(x);
        call.buffer(searches.buffer());
        call.buffer(counts.buffer());
        set_rows(call, blocks);
        call.values(shift, int32_t{descending});
        call.run_tasks(rows * blocks.count, blocks.size);
      }
      sum_up(counts, blocks);
      const std::lock_guard lock(runtime.mutex());
      Launch call = launch(LibraryKernel::select_narrow);
      call.array(x);
      call.buffer(searches.buffer());
      call.buffer(counts.buffer());
      set_results(call);
      set_rows(call, blocks);
      call.values(shift, int32_t{shift == lowest}, int32_t{descending});
      call.run_tasks(rows, blocks.size);
    }
  }

  /// CPUs only.
  void by_rows() {
    const int64_t items = std::min(rows, runtime.profile().compute_units * int64_t{4});
    const auto bytes = static_cast<size_t>(items * n) * entry_bytes();
    const Scratch a(runtime, bytes);
    const Scratch b(runtime, bytes);
    const std::lock_guard lock(runtime.mutex());
    Launch call = launch(LibraryKernel::sort_rows);
    call.array(x);
    call.buffer(a.buffer());
    call.buffer(b.buffer());
    set_results(call);
    const KeyBits bits = key_bits(dtype);
    call.values(rows, narrow(n), narrow(first), narrow(count), bits.low, bits.high,
                int32_t{descending});
    call.run(static_cast<size_t>(items), 1);
  }

  void by_radix() {
    const Blocks blocks(n, is_cpu() ? kCpuBlock : 64);
    const auto bytes = static_cast<size_t>(rows * n) * entry_bytes();
    const Scratch a(runtime, bytes);
    const Scratch b(runtime, bytes);
    const Scratch counts(runtime, count_bytes(blocks));
    void* entries = a.buffer();
    void* other = b.buffer();
    {
      const std::lock_guard lock(runtime.mutex());
      Launch call = launch(LibraryKernel::sort_entries);
      call.array(x);
      call.buffer(entries);
      set_rows(call, blocks);
      call.value(int32_t{descending});
      call.run_tasks(rows * blocks.count, blocks.size);
    }
    const int step = digit_bits();
    const KeyBits bits = key_bits(dtype);
    for (int shift = bits.low / step * step; shift < bits.high; shift += step) {
      {
        const std::lock_guard lock(runtime.mutex());
        Launch call = launch(LibraryKernel::sort_count);
        call.buffer(entries);
        call.buffer(counts.buffer());
        set_rows(call, blocks);
        call.value(shift);
        call.run_tasks(rows * blocks.count, blocks.size);
      }
      sum_up(counts, blocks);
      const std::lock_guard lock(runtime.mutex());
      Launch call = launch(LibraryKernel::sort_scatter);
      call.buffer(entries);
      call.buffer(other);
      call.buffer(counts.buffer());
      set_rows(call, blocks);
      call.value(shift);
      call.run_tasks(rows * blocks.count, 4 * blocks.size);
      std::swap(entries, other);
    }
    const std::lock_guard lock(runtime.mutex());
    write(entries, n);
  }
};

}  // namespace

void OpenClBackend::sort(const SortArgs& args) {
  const TensorView input = axis_last(args.input, args.axis);
  const TensorView value_view = axis_last(args.values, args.axis);
  const TensorView index_view = axis_last(args.indices, args.axis);
  const TensorView& result = value_view ? value_view : index_view;
  if (numel(result.shape) == 0) return;
  const int64_t n = input.shape.back();
  if (!stores(input.dtype) || n > kLongestSorted) return Backend::sort(args);
  const DType compute = compute_type(input.dtype);
  Runtime& device = runtime();
  const DenseInput x(*this, input, compute);
  DenseOutput values(*this, value_view, compute);
  DenseOutput indices(*this, index_view, DType::int64);
  RowOrder{*this,
           device,
           input.dtype,
           numel(input.shape) / n,
           n,
           args.first,
           result.shape.back(),
           args.descending,
           x,
           values,
           indices}
      .run();
  values.finish();
  indices.finish();
}

}  // namespace ct::opencl
