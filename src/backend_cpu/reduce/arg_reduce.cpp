// CpuBackend::arg_reduce: place (and value) of the first largest or smallest element along an axis.
// A contiguous axis is searched in chunks; across another contiguous axis the search keeps the best
// of many columns at once; everything else is gathered, and converted, into blocks.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/pointwise/block_program.hpp"
#include "backend_cpu/pointwise/iteration.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "backend_cpu/simd/reduce/arg_reduce_kernels.hpp"

namespace ct::cpu {
namespace {

constexpr int64_t kPiece = 65536;
/// Results found before they are written.
constexpr int64_t kResultsAtOnce = 256;
/// Columns searched at once: a page of float32 in each row keeps the prefetchers going.
constexpr int64_t kColumns = 1024;
/// Elements searched at once: they lie in L1 for the second look.
constexpr int64_t kChunkBytes = 8192;

class ArgReduction {
 public:
  explicit ArgReduction(const ArgReduceArgs& args)
      : args_(args),
        compute_(compute_type(args.input.dtype)),
        index_(compute_index(compute_)),
        kernels_(arg_reduce_kernels(index_, args.largest)),
        length_(args.input.shape[args.axis]),
        stride_(args.input.strides[args.axis]),
        item_(static_cast<int64_t>(item_size(args.input.dtype))),
        compute_item_(static_cast<int64_t>(item_size(compute_))) {
    const auto without_axis = [&](Dims dims) {
      dims.erase(args.axis);
      return dims;
    };
    kept_.set_shape(without_axis(args.input.shape));
    kept_.add(without_axis(args.input.strides));
    kept_.add(without_axis(args.indices.strides));
    kept_.add(without_axis(args.values ? args.values.strides : args.indices.strides));
    kept_.sort_axes(0);
    kept_.collapse();
    kept_.keep_one_axis(0);
  }

  void run() {
    const int last = kept_.rank - 1;
    const bool by_columns = stride_ != 1 && kept_.stride[0][last] == 1 && kept_.size[last] >= 8 &&
                            (compute_item_ == 8 || length_ <= std::numeric_limits<int32_t>::max());
    const int64_t group =
        std::clamp<int64_t>(by_columns ? kColumns : kPiece / std::max<int64_t>(1, length_), 1,
                            by_columns ? kColumns : kResultsAtOnce);
    const TileWalk walk(kept_, -1, 1, group);
    const int64_t tiles = std::max<int64_t>(1, kPiece / std::max<int64_t>(1, group * length_));
    parallel_ranges(walk.tiles(), tiles, [&](int64_t begin, int64_t end) {
      TileWalk::Cursor cursor(walk, begin);
      for (int64_t tile = begin; tile < end; ++tile, cursor.next()) {
        Results results;
        if (by_columns) {
          search_columns(cursor, results);
        } else {
          search_rows(cursor, results);
        }
        write(cursor, results);
      }
    });
  }

 private:
  struct Results {
    alignas(64) std::byte best[kColumns * sizeof(double)];  ///< in the compute type
    alignas(64) int64_t index[kColumns];
  };

  const std::byte* element(int64_t offset) const {
    return static_cast<const std::byte*>(args_.input.buffer) +
           (args_.input.offset + offset) * item_;
  }

  void search_rows(const TileWalk::Cursor& cursor, Results& results) const {
    const bool in_place = args_.input.dtype == compute_ && (stride_ == 1 || length_ == 1);
    const int64_t chunk = in_place ? kChunkBytes / compute_item_ : block_elements(compute_);
    const GatherKernel gather =
        pointwise_kernels().gather[index_][static_cast<int>(args_.input.dtype)];
    alignas(64) std::byte block[kBlockBytes];
    for (int64_t r = 0; r < cursor.columns(); ++r) {
      const int64_t row = cursor.offset(0) + r * kept_.stride[0][kept_.rank - 1];
      std::byte* best = results.best + r * compute_item_;
      for (int64_t begin = 0; begin < length_; begin += chunk) {
        const int64_t n = std::min(chunk, length_ - begin);
        const void* data = element(row + begin * stride_);
        if (!in_place) {
          gather(data, 0, stride_, 1, n, block);
          data = block;
        }
        const int64_t place = kernels_.chunk(data, n, begin == 0, best);
        if (place >= 0) results.index[r] = begin + place;
      }
    }
  }

  void search_columns(const TileWalk::Cursor& cursor, Results& results) const {
    const int64_t n = cursor.columns();
    const bool in_place = args_.input.dtype == compute_;
    const ConvertKernel load =
        pointwise_kernels().load[index_][static_cast<int>(args_.input.dtype)];
    alignas(64) std::byte block[kColumns * sizeof(double)];
    alignas(64) std::byte places[kColumns * sizeof(int64_t)];
    load(element(cursor.offset(0)), results.best, n);
    std::fill_n(places, n * compute_item_, std::byte{0});
    if (in_place) {
      kernels_.columns(element(cursor.offset(0) + stride_), stride_, length_ - 1, n, 1,
                       results.best, places);
    } else {
      for (int64_t i = 1; i < length_; ++i) {
        load(element(cursor.offset(0) + i * stride_), block, n);
        kernels_.columns(block, 0, 1, n, i, results.best, places);
      }
    }
    for (int64_t c = 0; c < n; ++c) {
      results.index[c] = compute_item_ == 4 ? reinterpret_cast<const int32_t*>(places)[c]
                                            : reinterpret_cast<const int64_t*>(places)[c];
    }
  }

  void write(const TileWalk::Cursor& cursor, const Results& results) const {
    const auto store = [&](const TensorView& view, int operand, int type, const void* data) {
      std::byte* target =
          static_cast<std::byte*>(view.buffer) +
          (view.offset + cursor.offset(operand)) * static_cast<int64_t>(item_size(view.dtype));
      pointwise_kernels().scatter[type][static_cast<int>(view.dtype)](
          data, target, 0, kept_.stride[operand][kept_.rank - 1], 1, cursor.columns());
    };
    store(args_.indices, 1, compute_index(DType::int64), results.index);
    if (args_.values) store(args_.values, 2, index_, results.best);
  }

  const ArgReduceArgs& args_;
  DType compute_;
  int index_;
  const ArgReduceKernels& kernels_;
  int64_t length_;
  int64_t stride_;
  int64_t item_;
  int64_t compute_item_;
  Iteration kept_;  ///< operands: input, indices, values
};

}  // namespace

void CpuBackend::arg_reduce(const ArgReduceArgs& args) {
  for (int64_t size : args.input.shape) {
    if (size == 0) return;
  }
  ArgReduction(args).run();
}

}  // namespace ct::cpu
