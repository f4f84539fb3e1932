// CpuBackend::reduce. The axes are split into those that are kept and those that are reduced, and
// walked in tiles of (kept x reduced) elements:
//
//   rows:     the contiguous axis is reduced: each row of a tile folds into one accumulator;
//   columns:  the contiguous axis is kept: whole rows fold into a row of accumulators.
//
// A tile is read in place where it can be, else it is gathered or computed by the interpreter
// into a block. Few but long reductions are cut into segments by size alone, whose accumulators
// are combined in order: the result does not depend on the number of threads.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/pointwise/block_program.hpp"
#include "backend_cpu/pointwise/iteration.hpp"
#include "backend_cpu/pointwise/tile.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "backend_cpu/simd/reduce/reduce_kernels.hpp"
#include "core/view/integer.hpp"

namespace ct::cpu {
namespace {

/// Most results of a tile: their accumulators stay in L1.
constexpr int64_t kMaxResults = 1024;
/// Elements of one piece for a thread (about 10 us from memory).
constexpr int64_t kPiece = 65536;
/// Most segments of one reduction: bounds what the combination costs.
constexpr int64_t kMaxSegments = 32;

/// Room for the accumulators of a tile.
struct Accumulators {
  alignas(64) std::byte data[(kMaxResults + kAccumulatorPadding) * sizeof(double)];
};

class Reduction {
 public:
  explicit Reduction(const ReduceArgs& args)
      : args_(args),
        inputs_(static_cast<int>(args.inputs.size())),
        kernels_(reduce_kernels(compute_index(args.compute), args.op)) {
    split_axes();
    plan_tiles();
  }

  void run() {
    std::optional<BlockProgram> program;
    if (args_.program != nullptr) {
      program.emplace(*args_.program, args_.compute, args_.scalars,
                      uniform_inputs(operand_.data(), inputs_));
    }
    const TileWalk kept(kept_, -1, 1, tile_kept_);
    if (kept.tiles() == 0) return;  // no result, whatever there is to fold
    const TileWalk reduced(reduced_, -1, 1, tile_reduced_);
    const int64_t per_result = reduced_.elements();
    const int64_t per_tile = tile_kept_ * per_result;
    const int64_t cost = program ? std::max<int64_t>(program->cost(), 1) : 1;
    const int64_t segments =
        std::min({reduced.tiles(), kMaxSegments, std::max<int64_t>(1, per_tile * cost / kPiece)});
    const BlockProgram* bound = program ? &*program : nullptr;
    if (segments <= 1 || kept.tiles() >= kMaxSegments) {
      const int64_t tiles = std::max<int64_t>(1, kPiece / std::max<int64_t>(1, per_tile * cost));
      parallel_ranges(kept.tiles(), tiles, [&](int64_t begin, int64_t end) {
        Accumulators accumulators;
        TileWalk::Cursor cursor(kept, begin);
        for (int64_t tile = begin; tile < end; ++tile, cursor.next()) {
          kernels_.start(accumulators.data, cursor.columns());
          fold(bound, cursor, reduced, 0, reduced.tiles(), accumulators.data);
          finish(cursor, accumulators.data);
        }
      });
      return;
    }
    run_segments(bound, kept, reduced, segments);
  }

 private:
  /// Sorts the axes by the first input that is not constant, and deals them to kept_ and reduced_.
  void split_axes() {
    Iteration all;
    all.set_shape(args_.shape);
    for (const Operand& operand : args_.inputs) all.add(operand.strides);
    all.add(args_.output.strides);
    uint32_t marks = args_.reduced;
    all.sort_axes(first_varying(all), marks);
    all.collapse(marks);
    by_columns_ = all.rank > 0 && (marks >> (all.rank - 1) & 1U) == 0;
    const auto take = [&](Iteration& part, uint32_t wanted) {
      part.operands = all.operands;
      for (int axis = 0; axis < all.rank; ++axis) {
        if ((marks >> axis & 1U) != wanted) continue;
        part.size[part.rank] = all.size[axis];
        for (int k = 0; k < all.operands; ++k) part.stride[k][part.rank] = all.stride[k][axis];
        ++part.rank;
      }
      part.collapse();
      part.keep_one_axis(0);
    };
    take(kept_, 0);
    take(reduced_, 1);
  }

  /// The first input that is not constant, else the last one.
  int first_varying(const Iteration& all) const {
    int k = 0;
    while (k + 1 < inputs_ && std::all_of(all.stride[k], all.stride[k] + all.rank,
                                          [](int64_t stride) { return stride == 0; })) {
      ++k;
    }
    return k;
  }

  void plan_tiles() {
    const int kept_axis = kept_.rank - 1;
    const int reduced_axis = reduced_.rank - 1;
    const int64_t kept_length = kept_.size[kept_axis];
    const int64_t reduced_length = reduced_.size[reduced_axis];
    const int64_t block = block_elements(args_.compute);
    const auto column_stride = [&](int k) {
      return by_columns_ ? kept_.stride[k][kept_axis] : reduced_.stride[k][reduced_axis];
    };
    in_place_ = args_.program == nullptr && args_.inputs[0].dtype == args_.compute &&
                (column_stride(0) == 1 || kept_length * reduced_length <= 1);
    if (in_place_) {
      if (by_columns_) {
        tile_kept_ = std::min(kept_length, kMaxResults);
        tile_reduced_ = std::max<int64_t>(64, kPiece / std::max<int64_t>(1, tile_kept_));
      } else {
        tile_reduced_ = kPiece;
        tile_kept_ = std::clamp<int64_t>(kPiece / std::max<int64_t>(1, reduced_length), 1,
                                         std::max<int64_t>(1, std::min(kept_length, kMaxResults)));
      }
    } else if (by_columns_) {
      tile_kept_ = std::min(kept_length, block);
      tile_reduced_ = block / std::max<int64_t>(1, tile_kept_);
    } else {
      tile_reduced_ = std::min(std::max<int64_t>(1, reduced_length), block);
      tile_kept_ = std::clamp<int64_t>(block / tile_reduced_, 1, std::max<int64_t>(1, kept_length));
    }
    tile_kept_ = std::max<int64_t>(1, tile_kept_);
    for (int k = 0; k < inputs_; ++k) {
      const int64_t row_stride =
          by_columns_ ? reduced_.stride[k][reduced_axis] : kept_.stride[k][kept_axis];
      const int64_t rows = by_columns_ ? tile_reduced_ : tile_kept_;
      const int64_t columns = by_columns_ ? tile_kept_ : tile_reduced_;
      const bool whole = columns == (by_columns_ ? kept_length : reduced_length);
      operand_[static_cast<size_t>(k)].plan(args_.inputs[static_cast<size_t>(k)], args_.compute,
                                            row_stride, column_stride(k), rows == 1,
                                            whole ? columns : -1);
    }
  }

  /// Folds the reduced tiles [begin, end) for the results at `kept` into the accumulators.
  void fold(const BlockProgram* program, const TileWalk::Cursor& kept, const TileWalk& reduced,
            int64_t begin, int64_t end, void* accumulators) const {
    if (begin == end) return;
    const ReduceKernel kernel = by_columns_ ? kernels_.columns : kernels_.rows;
    const int64_t results = kept.columns();
    TileWalk::Cursor cursor(reduced, begin);
    if (in_place_) {
      const TileOperand& input = operand_[0];
      for (int64_t tile = begin; tile < end; ++tile, cursor.next()) {
        const std::byte* data = input.base + (kept.offset(0) + cursor.offset(0)) * input.item;
        const int64_t length = cursor.columns();
        kernel(data, input.row_stride, by_columns_ ? length : results,
               by_columns_ ? results : length, accumulators);
      }
      return;
    }
    if (program == nullptr) {
      alignas(64) std::byte block[kBlockBytes];
      const TileOperand& input = operand_[0];
      const GatherKernel gather =
          pointwise_kernels().gather[compute_index(args_.compute)][static_cast<int>(input.dtype)];
      for (int64_t tile = begin; tile < end; ++tile, cursor.next()) {
        const std::byte* data = input.base + (kept.offset(0) + cursor.offset(0)) * input.item;
        const int64_t rows = by_columns_ ? cursor.columns() : results;
        const int64_t columns = by_columns_ ? results : cursor.columns();
        gather(data, input.row_stride, input.column_stride, rows, columns, block);
        kernel(block, columns, rows, columns, accumulators);
      }
      return;
    }
    BlockFrame frame(*program);
    TileInputs inputs(operand_.data(), inputs_, args_.compute);
    for (int64_t tile = begin; tile < end; ++tile, cursor.next()) {
      const int64_t rows = by_columns_ ? cursor.columns() : results;
      const int64_t columns = by_columns_ ? results : cursor.columns();
      inputs.load(frame, rows, columns, [&](int k) { return kept.offset(k) + cursor.offset(k); });
      frame.run(rows * columns);
      kernel(frame.output(0, rows * columns), columns, rows, columns, accumulators);
    }
  }

  /// Scales the accumulators of a tile and writes them to the output.
  void finish(const TileWalk::Cursor& kept, const void* accumulators) const {
    alignas(64) std::byte results[kMaxResults * sizeof(double)];
    const int64_t n = kept.columns();
    kernels_.finish(accumulators, args_.scale, results, n);
    const auto item = static_cast<int64_t>(item_size(args_.output.dtype));
    std::byte* target = static_cast<std::byte*>(args_.output.buffer) +
                        (args_.output.offset + kept.offset(inputs_)) * item;
    pointwise_kernels().scatter[compute_index(args_.compute)][static_cast<int>(args_.output.dtype)](
        results, target, 0, kept_.stride[inputs_][kept_.rank - 1], 1, n);
  }

  void run_segments(const BlockProgram* program, const TileWalk& kept, const TileWalk& reduced,
                    int64_t segments) const {
    const int64_t tiles = ceil_div(reduced.tiles(), segments);
    const int64_t pitch =
        (tile_kept_ + kAccumulatorPadding) * static_cast<int64_t>(kernels_.accumulator_size);
    std::vector<std::byte> partial(static_cast<size_t>(kept.tiles() * segments * pitch));
    const auto place = [&](int64_t tile, int64_t segment) {
      return partial.data() + (tile * segments + segment) * pitch;
    };
    parallel_for(kept.tiles() * segments, [&](int64_t piece) {
      const int64_t tile = piece / segments;
      const int64_t segment = piece % segments;
      const TileWalk::Cursor cursor(kept, tile);
      // Folded next to the stack, not next to what other threads write.
      Accumulators accumulators;
      kernels_.start(accumulators.data, cursor.columns());
      const int64_t begin = std::min(reduced.tiles(), segment * tiles);
      fold(program, cursor, reduced, begin, std::min(reduced.tiles(), begin + tiles),
           accumulators.data);
      std::copy_n(accumulators.data,
                  cursor.columns() * static_cast<int64_t>(kernels_.accumulator_size),
                  place(tile, segment));
    });
    TileWalk::Cursor cursor(kept, 0);
    for (int64_t tile = 0; tile < kept.tiles(); ++tile, cursor.next()) {
      for (int64_t segment = 1; segment < segments; ++segment) {
        kernels_.combine(place(tile, 0), place(tile, segment), cursor.columns());
      }
      finish(cursor, place(tile, 0));
    }
  }

  const ReduceArgs& args_;
  int inputs_;
  const ReduceKernels& kernels_;
  Iteration kept_;
  Iteration reduced_;
  bool by_columns_ = false;
  bool in_place_ = false;
  int64_t tile_kept_ = 1;     ///< results of a tile
  int64_t tile_reduced_ = 1;  ///< elements of a tile that fold into each of them
  std::array<TileOperand, kMaxOperands> operand_;
};

}  // namespace

void CpuBackend::reduce(const ReduceArgs& args) { Reduction(args).run(); }

}  // namespace ct::cpu
