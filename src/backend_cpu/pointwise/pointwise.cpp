// CpuBackend::pointwise. One instruction on contiguous operands is a direct call of its SIMD loop.
// Everything else is cut into tiles that fit the interpreter's blocks:
//
//   rows:        pieces of a row, operands read and results written in place where they can be;
//   short rows:  many whole rows in a block, so that no call is spent on a handful of elements;
//   transposed:  squares, so that operands whose unit stride is on another axis are read by whole
//                cache lines and turned in registers.
#include "backend_cpu/pointwise/pointwise.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "backend_cpu/cpu_backend.hpp"
#include "backend_cpu/pointwise/block_program.hpp"
#include "backend_cpu/pointwise/iteration.hpp"
#include "backend_cpu/pointwise/tile.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "core/view/epilogue.hpp"

namespace ct::cpu {
namespace {

/// Work of one piece for a thread, in elements of a cheap instruction (about 10 us), and the
/// smallest piece.
constexpr int64_t kPieceCost = 65536;
constexpr int64_t kSmallestPiece = 4096;

/// What a part of a call counts for besides its elements.
constexpr int64_t kPartElements = 256;

/// Results larger than this, together, are written past the caches, if what is read is small enough
/// to stay in them. Measured on Zen 5, 64 MB written: from small operands (broadcasts, constants)
/// 1.6 ms instead of 3.0; but beside reads from memory streaming stores cost 7 to 15 ms, not 3.5.
constexpr int64_t kStreamBytes = int64_t{16} << 20;
constexpr int64_t kStreamInputBytes = int64_t{4} << 20;

/// Inputs larger than this, together, are prefetched: they come from main memory.
constexpr int64_t kPrefetchBytes = int64_t{1} << 20;

/// Rows shorter than this many blocks' parts are gathered, several to a block.
constexpr int64_t kShortRowPart = 4;

int64_t piece_elements(int64_t cost) {
  return std::max(kSmallestPiece, kPieceCost / std::max<int64_t>(cost, 1));
}

std::byte* address(const Operand& operand) {
  return static_cast<std::byte*>(operand.buffer) +
         operand.offset * static_cast<int64_t>(item_size(operand.dtype));
}

/// One instruction, one axis, all operands of the compute type and contiguous or scalar: no
/// interpreter. Returns false when the call is not of this kind.
bool run_single(const PointwiseArgs& args, bool parallel) {
  const PointwiseProgram& program = *args.program;
  if (program.code().size() != 1 || program.outputs().size() != 1 || args.shape.rank() > 1) {
    return false;
  }
  const Instruction& instruction = program.code()[0];
  const int arity = info(instruction.op).arity;
  if (arity == 0 || program.scalars() + static_cast<int>(program.constants().size()) > 0) {
    return false;
  }
  const int64_t n = args.shape.rank() == 1 ? args.shape[0] : 1;
  const auto contiguous = [&](const Operand& operand) {
    return operand.dtype == args.compute && (n == 1 || operand.strides[0] == 1);
  };
  if (!contiguous(args.outputs[0])) return false;
  const std::byte* data[3];
  int64_t step[3];
  int scalars = 0;
  const auto item = static_cast<int64_t>(item_size(args.compute));
  for (int k = 0; k < arity; ++k) {
    const Operand& operand = args.inputs[instruction.operand[k]];
    data[k] = address(operand);
    step[k] = item;
    if (contiguous(operand)) continue;
    if (operand.dtype != args.compute || operand.strides[0] != 0) return false;
    step[k] = 0;
    scalars |= 1 << k;
  }
  const PointwiseKernel kernel =
      pointwise_kernels()
          .op[compute_index(args.compute)][static_cast<int>(instruction.op)][scalars];
  if (kernel == nullptr) return false;
  for (int k = arity; k < 3; ++k) {
    data[k] = data[0];
    step[k] = 0;
  }
  std::byte* out = address(args.outputs[0]);
  const auto run = [&](int64_t begin, int64_t end) {
    kernel(data[0] + begin * step[0], data[1] + begin * step[1], data[2] + begin * step[2],
           out + begin * item, end - begin);
  };
  if (n <= kSmallestPiece) {
    if (n > 0) run(0, n);
    return true;
  }
  if (!parallel) {
    run(0, n);
    return true;
  }
  // The cost only decides the grain, which the result does not depend on.
  parallel_ranges(n, piece_elements(BlockProgram::cost_of_opcode(instruction.op)), run);
  return true;
}

/// A call, planned: how it is cut into tiles and how each operand is reached.
class TiledCall {
 public:
  explicit TiledCall(const PointwiseArgs& args)
      : args_(args),
        inputs_(static_cast<int>(args.inputs.size())),
        outputs_(static_cast<int>(args.outputs.size())),
        compute_index_(compute_index(args.compute)),
        block_(block_elements(args.compute)) {
    space_.set_shape(args.shape);
    for (const Operand& operand : args.inputs) space_.add(operand.strides);
    for (const Operand& operand : args.outputs) space_.add(operand.strides);
    if (args.program->uses_random()) {
      space_.add_row_major();
    } else {
      space_.sort_axes(inputs_);
    }
    space_.collapse();
    space_.keep_one_axis(1);
    choose_tiles();
    for (int k = 0; k < inputs_; ++k) plan_operand(k, args.inputs[static_cast<size_t>(k)]);
    for (int k = 0; k < outputs_; ++k) {
      plan_operand(inputs_ + k, args.outputs[static_cast<size_t>(k)]);
    }
  }

  /// The inputs that are one value throughout: what a program must be bound to.
  InputSet uniform() const { return uniform_inputs(operand_.data(), inputs_); }

  void run(bool parallel) {
    run(BlockProgram(*args_.program, args_.compute, args_.scalars, uniform()), parallel);
  }

  void run(const BlockProgram& program, bool parallel) {
    plan_outputs(program);
    const int64_t piece = piece_elements(program.cost());
    if (program.steps() == 1 && all_in_place() && row_axis_ < 0) columns_ = piece;
    const TileWalk walk(space_, row_axis_, rows_, columns_, transposed_);
    const int64_t tile = rows_ * std::min(columns_, space_.size[space_.rank - 1]);
    const auto run_tiles = [&](int64_t begin, int64_t end) {
      run_piece(program, walk, begin, end);
    };
    if (parallel) {
      parallel_ranges(walk.tiles(), std::max<int64_t>(1, piece / tile), run_tiles);
    } else {
      run_tiles(0, walk.tiles());
    }
  }

 private:
  /// Rows, short rows or transposed.
  void choose_tiles() {
    const int last = space_.rank - 1;
    const int64_t length = space_.size[last];
    columns_ = block_;
    if (space_.rank == 1) return;
    const bool ordered = args_.program->uses_random();
    if (!ordered) {
      for (int k = 0; k < inputs_ + outputs_; ++k) {
        const int64_t inner = space_.stride[k][last];
        if (inner == 0 || inner == 1) continue;
        for (int axis = last - 1; axis >= 0; --axis) {
          if (space_.stride[k][axis] != 1 || space_.size[axis] < 4) continue;
          // 64-byte lines along the operand's own axis, and what is left of the block across.
          row_axis_ = axis;
          rows_ = std::min(space_.size[axis], kBlockBytes / 128);
          const int64_t line = 64 / static_cast<int64_t>(item_size(args_.compute));
          columns_ = std::min(length, block_ / std::min(rows_, line));
          rows_ = std::min(space_.size[axis], block_ / columns_);
          transposed_ = true;
          return;
        }
      }
    }
    if (length * kShortRowPart <= block_) {
      row_axis_ = last - 1;
      columns_ = length;
      rows_ = std::min(space_.size[row_axis_], block_ / length);
    }
  }

  void plan_operand(int k, const Operand& operand) {
    const int last = space_.rank - 1;
    const bool whole_rows = columns_ == space_.size[last];
    operand_[static_cast<size_t>(k)].plan(
        operand, args_.compute, row_axis_ >= 0 ? space_.stride[k][row_axis_] : 0,
        space_.stride[k][last], row_axis_ < 0, whole_rows ? columns_ : -1);
  }

  bool all_in_place() const {
    return std::all_of(
        operand_.begin(), operand_.begin() + inputs_ + outputs_, [](const TileOperand& operand) {
          return operand.access == Access::in_place || operand.access == Access::uniform;
        });
  }

  /// What the inputs occupy in memory, broadcast elements counted once.
  int64_t input_bytes() const {
    int64_t bytes = 0;
    for (int k = 0; k < inputs_; ++k) {
      int64_t n = operand_[static_cast<size_t>(k)].item;
      for (int axis = 0; axis < space_.rank; ++axis) {
        if (space_.stride[k][axis] != 0) n *= space_.size[axis];
      }
      bytes += n;
    }
    return bytes;
  }

  /// Results are written early only where no later instruction reads what they overwrite, and past
  /// the caches only when they are large and overwrite nothing.
  void plan_outputs(const BlockProgram& program) {
    int64_t bytes = 0;
    const int64_t elements = space_.elements();
    for (int j = 0; j < outputs_; ++j) {
      bytes += elements * operand_[static_cast<size_t>(inputs_) + static_cast<size_t>(j)].item;
    }
    const bool stream = bytes > kStreamBytes && input_bytes() <= kStreamInputBytes;
    for (int j = 0; j < outputs_; ++j) {
      TileOperand& output = operand_[static_cast<size_t>(inputs_) + static_cast<size_t>(j)];
      // An output is never broadcast: strides of zero are on axes of size 1.
      if (output.access == Access::uniform) output.access = Access::block;
      bool aliased = false;
      for (int k = 0; k < inputs_; ++k) {
        const TileOperand& input = operand_[static_cast<size_t>(k)];
        if (args_.inputs[static_cast<size_t>(k)].buffer !=
            args_.outputs[static_cast<size_t>(j)].buffer) {
          continue;
        }
        aliased = true;
        if (input.access != Access::block && !program.may_overwrite(j, k)) {
          output.access = Access::block;
        }
      }
      if (output.access != Access::in_place) continue;
      if (program.is_uniform_output(j)) output.access = Access::block;
      if (stream && !aliased) output.access = Access::stream;
    }
  }

  void run_piece(const BlockProgram& program, const TileWalk& walk, int64_t begin, int64_t end) {
    const PointwiseKernels& kernels = pointwise_kernels();
    BlockFrame frame(program);
    TileInputs inputs(operand_.data(), inputs_, args_.compute);
    bool streamed = false;
    // From main memory the hardware cannot follow several streams that are left every 2 KiB: the
    // next tile is asked for by hand. Adam on 10M elements: 22 ms without, 11-18 with; in cache it
    // would cost 5-10%.
    const bool prefetch =
        numel(args_.shape) * static_cast<int64_t>(item_size(args_.compute)) * inputs_ >
        kPrefetchBytes;
    TileWalk::Cursor cursor(walk, begin);
    for (int64_t tile = begin; tile < end; ++tile, cursor.next()) {
      const int64_t rows = cursor.rows();
      const int64_t columns = cursor.columns();
      inputs.load(frame, rows, columns, [&](int k) { return cursor.offset(k); });
      for (int j = 0; j < outputs_; ++j) {
        const TileOperand& output = operand_[static_cast<size_t>(inputs_) + static_cast<size_t>(j)];
        if (output.access == Access::in_place) {
          frame.set_output(j, output.base + cursor.offset(inputs_ + j) * output.item);
        }
      }
      const int64_t n = rows * columns;
      if (prefetch) {
        for (int k = 0; k < inputs_; ++k) {
          const TileOperand& input = operand_[static_cast<size_t>(k)];
          if (input.access != Access::in_place) continue;
          const std::byte* next = input.base + (cursor.offset(k) + n) * input.item;
          for (int64_t b = 0; b < n * input.item; b += 64) __builtin_prefetch(next + b, 0, 3);
        }
      }
      frame.run(n, args_.random,
                args_.program->uses_random() ? cursor.offset(inputs_ + outputs_) : 0);
      for (int j = 0; j < outputs_; ++j) {
        const TileOperand& output = operand_[static_cast<size_t>(inputs_) + static_cast<size_t>(j)];
        if (output.access == Access::in_place) continue;
        std::byte* target = output.base + cursor.offset(inputs_ + j) * output.item;
        if (output.access == Access::stream) {
          kernels.stream[compute_index_](frame.output(j, n), target, n);
          streamed = true;
        } else {
          kernels.scatter[compute_index_][static_cast<int>(output.dtype)](
              frame.output(j, n), target, output.row_stride, output.column_stride, rows, columns);
        }
      }
    }
    if (streamed) kernels.stream_fence();
  }

  const PointwiseArgs& args_;
  int inputs_;
  int outputs_;
  int compute_index_;
  int64_t block_;
  Iteration space_;
  int row_axis_ = -1;
  int64_t rows_ = 1;
  int64_t columns_ = 1;
  bool transposed_ = false;
  std::array<TileOperand, kMaxOperands> operand_;
};

void run(const PointwiseArgs& args, bool parallel) {
  if (run_single(args, parallel)) return;
  for (int64_t size : args.shape) {
    if (size == 0) return;
  }
  TiledCall(args).run(parallel);
}

}  // namespace

void CpuBackend::pointwise(const PointwiseArgs& args) { run(args, true); }

// One parallel region for all parts that are no work for several threads each; a piece of it is a
// run of parts, and binds the program once. The others get regions of their own.
void CpuBackend::pointwise_each(const PointwiseEachArgs& args) {
  int64_t cost = 1;
  for (const Instruction& step : args.program->code()) {
    cost += BlockProgram::cost_of_opcode(step.op);
  }
  const int64_t grain = piece_elements(cost);
  std::vector<size_t> first;  // of each piece, and where the last one ends
  std::vector<size_t> small;
  int64_t elements = grain;
  for (size_t i = 0; i < args.parts.size(); ++i) {
    const int64_t size = args.parts[i].size;
    if (size > grain) {
      run(args.call(i), true);
      continue;
    }
    if (elements >= grain) {
      first.push_back(small.size());
      elements = 0;
    }
    elements += size + kPartElements;
    small.push_back(i);
  }
  if (small.empty()) return;
  first.push_back(small.size());
  parallel_for(static_cast<int64_t>(first.size()) - 1, [&](int64_t piece) {
    std::optional<BlockProgram> program;
    InputSet bound;
    const auto k = static_cast<size_t>(piece);
    for (size_t i = first[k]; i < first[k + 1]; ++i) {
      const PointwiseArgs call = args.call(small[i]);
      if (run_single(call, false)) continue;
      TiledCall tiled(call);
      const InputSet uniform = tiled.uniform();
      if (!program || bound != uniform) {
        program.emplace(*args.program, args.compute, args.scalars, uniform);
        bound = uniform;
      }
      tiled.run(*program, false);
    }
  });
}

void pointwise_serial(const PointwiseArgs& args) { run(args, false); }

void run_epilogue(const Epilogue& epilogue, const TensorView& part, const Dims& origin) {
  pointwise_serial(EpilogueCall(epilogue, part, origin).args());
}

}  // namespace ct::cpu
