// OpenClBackend::reduce: one pass over the input, whose tasks are a result (or a tile of them) and
// a segment of what is reduced; where there are several segments, a second pass combines them in
// order. How it is cut depends on sizes and the device alone, so that results repeat.
#include <algorithm>
#include <cstring>
#include <limits>
#include <mutex>

#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/pointwise/scalar_arguments.hpp"
#include "backend_opencl/pointwise/space.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "backend_opencl/source/kernel_source.hpp"
#include "backend_opencl/source/reduce_printer.hpp"
#include "core/view/integer.hpp"

namespace ct::opencl {
namespace {

/// Columns that are read at a stretch, elements that are worth a segment, most segments.
constexpr int64_t kStretch = 4096;
constexpr int64_t kSegmentElements = 16384;
constexpr int64_t kMostSegments = 256;
/// Elements that are worth an item of their own on a CPU.
constexpr int64_t kItemElements = 8192;

/// As in kernels/reduce/reduce.cl.
struct Kept {
  int64_t size[kMaxRank], stride[kMaxRank];
  int64_t offset;
  int32_t rank, dtype;
};

const char* reduce_option(ReduceOp op) {
  switch (op) {
    case ReduceOp::sum:
      return " -DREDUCE_SUM";
    case ReduceOp::prod:
      return " -DREDUCE_PROD";
    case ReduceOp::maximum:
      return " -DREDUCE_MAX";
    default:
      return " -DREDUCE_MIN";
  }
}

std::string reduce_source() { return instruction_source() + kernel_source("reduce/reduce"); }

class Reduction {
 public:
  Reduction(Runtime& runtime, const ReduceArgs& args)
      : runtime_(runtime),
        args_(args),
        program_(args.program != nullptr ? *args.program : *program_of(Opcode::copy)),
        space_(make_space(args.shape, args.inputs, std::span(&args.output, 1), args.reduced, 0)),
        output_(space_.operands.back()) {
    space_.operands.pop_back();
    kept_.offset = output_.offset;
    kept_.dtype = static_cast<int32_t>(output_.dtype);
    for (int axis = 0; axis < space_.rank(); ++axis) {
      if (is_reduced(axis)) {
        reduced_count_ *= space_.shape[axis];
      } else {
        results_ *= space_.shape[axis];
        kept_.size[kept_.rank] = space_.shape[axis];
        kept_.stride[kept_.rank++] = output_.strides[axis];
      }
    }
  }

  void run() {
    plan();
    const size_t partial_bytes =
        segments_ > 1 ? static_cast<size_t>(results_ * segments_) * accumulator_bytes() : 1;
    const Scratch partial(runtime_, partial_bytes);
    const std::lock_guard lock(runtime_.mutex());
    first_pass(partial.buffer());
    if (segments_ > 1) second_pass(partial.buffer());
  }

 private:
  bool is_reduced(int axis) const { return (space_.mask >> axis & 1U) != 0; }
  int lanes() const { return runtime_.profile().program_lanes(item_size(args_.compute)); }
  bool is_cpu() const { return runtime_.profile().style == Style::cpu; }
  bool by_rows() const { return is_reduced(space_.rank() - 1); }
  bool accumulates_in_double() const {
    return is_floating(args_.compute) && runtime_.profile().fp64 &&
           (args_.op == ReduceOp::sum || args_.op == ReduceOp::prod);
  }
  size_t accumulator_bytes() const {
    return accumulates_in_double() ? sizeof(double) : item_size(args_.compute);
  }

  void plan() {
    const int64_t columns = space_.columns();
    int64_t tiles = results_;
    if (by_rows()) {
      units_ = reduced_count_ / columns * ceil_div(columns, kStretch);
    } else {
      units_ = reduced_count_;
      const int64_t width = is_cpu() ? kReduceTile * lanes() : 1;
      tiles = results_ / columns * ceil_div(columns, width);
    }
    const int64_t wanted = runtime_.profile().compute_units * int64_t{is_cpu() ? 8 : 16};
    const int64_t spare = is_cpu() || by_rows() ? wanted / tiles : wanted * kReduceGroup / tiles;
    const int64_t worth = reduced_count_ * std::max<int64_t>(1, results_ / tiles) /
                          (is_cpu()    ? kSegmentElements
                           : by_rows() ? kSegmentElements
                                       : 64);
    segments_ = std::clamp<int64_t>(std::min({spare, worth, units_}), 1, kMostSegments);
    tasks_ = tiles * segments_;
  }

  template <class T>
  void set_index(Launch& launch, T value) const {
    if (space_.wide) {
      launch.value(static_cast<int64_t>(value));
    } else {
      launch.value(static_cast<int32_t>(value));
    }
  }

  void set_scale(Launch& launch) const {
    set_scalar(launch, args_.scale, accumulates_in_double() ? DType::float64 : args_.compute);
  }

  void first_pass(void* partial) {
    uint64_t key = mix(mix(program_.key(), 0x726564756365U), static_cast<uint64_t>(args_.op));
    key = mix(key, static_cast<uint64_t>(args_.compute) << 48 |
                       static_cast<uint64_t>(space_.mask) << 8 |
                       static_cast<uint64_t>(space_.rank()) << 1 | (space_.wide ? 1 : 0));
    for (size_t k = 0; k < space_.operands.size(); ++k) {
      key = mix(key, static_cast<uint64_t>(space_.operands[k].dtype) << 2 |
                         static_cast<uint64_t>(space_.reach(k)));
    }
    Kernel* kernel = runtime_.find(key);
    if (kernel == nullptr) {
      check_compute(program_, args_.compute);
      KernelForm form{args_.compute, lanes(), space_.rank(), space_.wide, {}, {}};
      for (size_t k = 0; k < space_.operands.size(); ++k) form.inputs.push_back(space_.form(k));
      kernel = &runtime_.build(key, "run", "reduce '" + program_.name() + "'",
                               reduce_source() + print_reduce(program_, form, space_.mask),
                               runtime_.options(args_.compute, lanes()) + reduce_option(args_.op));
    }
    Launch launch(runtime_, *kernel);
    for (const Operand& operand : space_.operands) launch.buffer(operand.buffer);
    for (const Scalar& scalar : args_.scalars) set_scalar(launch, scalar, args_.compute);
    launch.buffer(partial);
    launch.buffer(output_.buffer);
    set_scale(launch);
    launch.value(kept_);
    const std::vector<std::byte> space = space_.pack();
    launch.bytes(space.data(), space.size());
    set_index(launch, tasks_);
    set_index(launch, segments_);
    set_index(launch, units_);
    set_index(launch, kStretch);
    if (is_cpu()) {
      const int64_t most = std::min(tasks_, runtime_.profile().compute_units * int64_t{4});
      const int64_t items = numel(space_.shape) / kItemElements;
      launch.run(static_cast<size_t>(std::clamp<int64_t>(items, 1, most)), 1);
    } else if (by_rows()) {
      launch.run(static_cast<size_t>(tasks_ * kReduceGroup), kReduceGroup);
    } else {
      constexpr int64_t kGroup = 64;
      launch.run(static_cast<size_t>(round_up(tasks_, kGroup)), kGroup);
    }
  }

  void second_pass(void* partial) {
    const uint64_t key = mix(mix(0x66696e697368U, static_cast<uint64_t>(args_.op)),
                             static_cast<uint64_t>(args_.compute));
    Kernel* kernel = runtime_.find(key);
    if (kernel == nullptr) {
      kernel = &runtime_.build(
          key, "finish", "the second pass of reduce", reduce_source(),
          runtime_.options(args_.compute) + reduce_option(args_.op) + " -DREDUCE_FINISH");
    }
    Launch launch(runtime_, *kernel);
    launch.buffer(partial);
    launch.buffer(output_.buffer);
    launch.value(kept_);
    set_scale(launch);
    launch.value(results_);
    launch.value(static_cast<int32_t>(segments_));
    if (is_cpu()) {
      const int64_t most = runtime_.profile().compute_units * int64_t{4};
      launch.run(static_cast<size_t>(std::clamp<int64_t>(results_ / 256, 1, most)), 1);
    } else {
      launch.run(static_cast<size_t>(round_up(std::min<int64_t>(results_, 1 << 16), 64)), 64);
    }
  }

  Runtime& runtime_;
  const ReduceArgs& args_;
  const PointwiseProgram& program_;
  Space space_;
  Operand output_;
  Kept kept_{};
  int64_t results_ = 1;
  int64_t reduced_count_ = 1;
  int64_t units_ = 1;
  int64_t segments_ = 1;
  int64_t tasks_ = 1;
};

/// What reducing nothing gives.
Scalar identity(ReduceOp op, DType compute) {
  const bool largest = op == ReduceOp::minimum;
  switch (op) {
    case ReduceOp::sum:
      return 0;
    case ReduceOp::prod:
      return 1;
    default:
      break;
  }
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  using Int = std::numeric_limits<int32_t>;
  using Long = std::numeric_limits<int64_t>;
  if (is_floating(compute)) return largest ? kInfinity : -kInfinity;
  if (compute == DType::int32) return largest ? Int::max() : Int::lowest();
  if (compute == DType::uint64) return largest ? std::numeric_limits<uint64_t>::max() : uint64_t{0};
  return largest ? Long::max() : Long::lowest();
}

}  // namespace

void OpenClBackend::reduce(const ReduceArgs& args) {
  if (numel(args.shape) == 0) {
    PointwiseArgs fill;
    static const ProgramPtr program = [] {
      PointwiseBuilder b("fill", 0, 1);
      b.output(b.apply(Opcode::copy, b.scalar(0)));
      return b.build();
    }();
    for (int axis = 0; axis < args.shape.rank(); ++axis) {
      const bool reduced = (args.reduced >> axis & 1U) != 0;
      fill.shape.push_back(reduced ? 1 : args.shape[axis]);
    }
    Scalar value = identity(args.op, args.compute);
    if (is_floating(args.compute)) value = value.to<double>() * args.scale;
    fill.program = program.get();
    fill.compute = args.compute;
    fill.outputs = std::span(&args.output, 1);
    fill.scalars = std::span(&value, 1);
    pointwise(fill);
    return;
  }
  bool possible = stores(args.compute) && stores(args.output.dtype);
  for (const Operand& operand : args.inputs) possible = possible && stores(operand.dtype);
  if (!possible || (args.program != nullptr && args.program->uses_random())) {
    Backend::reduce(args);
    return;
  }
  Reduction(runtime(), args).run();
}

}  // namespace ct::opencl
