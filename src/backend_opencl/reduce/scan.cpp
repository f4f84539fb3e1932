// OpenClBackend::scan: kernels/reduce/scan.cl, built for one operation and type at a time. How a
// call is cut depends on its sizes alone.
#include <limits>
#include <mutex>

#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "backend_opencl/source/kernel_source.hpp"
#include "core/view/dense.hpp"
#include "core/view/extents.hpp"
#include "core/view/integer.hpp"

namespace ct::opencl {
namespace {

/// Elements of a piece: whole steps of a group.
constexpr int64_t kGroupPiece = 8192;
/// Largest State of the kernels, in bytes: two vectors of eight numbers of eight bytes.
constexpr size_t kStateBytes = 128;
/// Places are counted in ints, a step past the end included.
constexpr int64_t kLongestScanned = std::numeric_limits<int32_t>::max() - 1024;

const char* scan_option(ScanOp op) {
  switch (op) {
    case ScanOp::sum:
      return " -DSCAN_SUM";
    case ScanOp::prod:
      return " -DSCAN_PROD";
    case ScanOp::maximum:
      return " -DSCAN_MAX";
    case ScanOp::minimum:
      return " -DSCAN_MIN";
    case ScanOp::logsumexp:
      return " -DSCAN_LOGSUMEXP";
    default:
      return " -DSCAN_LINEAR";
  }
}

enum class ScanAlgorithm : uint8_t {
  rows,     ///< each by a group
  pieces,   ///< of rows: totals, carries, and then each piece by a group
  columns,  ///< side by side
  turned,   ///< columns become rows first
};

ScanAlgorithm choose_scan(const Extents& e, ScanOp op) {
  // Rows up to which most groups would have nothing to do.
  constexpr int64_t kFewRows = 64;
  // So many columns go down side by side; fewer long ones would leave items idle for longer than
  // turning them takes.
  constexpr int64_t kManyColumns = 256, kLongColumn = 1024;
  if (op == ScanOp::linear) return ScanAlgorithm::columns;  // its steps cannot be merged
  if (e.inner == 1) {
    return e.outer < kFewRows && e.n > 2 * kGroupPiece ? ScanAlgorithm::pieces
                                                       : ScanAlgorithm::rows;
  }
  return e.n >= kLongColumn && e.outer * e.inner < kManyColumns ? ScanAlgorithm::turned
                                                                : ScanAlgorithm::columns;
}

/// What an element costs, in elements of a sum.
int64_t work_of(ScanOp op) { return op == ScanOp::logsumexp ? 16 : 2; }

enum Entry : uint64_t { totals, carries, rows, columns };

Kernel& kernel_for(Runtime& runtime, Entry entry, ScanOp op, DType compute) {
  static constexpr const char* kEntries[] = {"scan_totals", "scan_carries", "scan_rows",
                                             "scan_columns"};
  const uint64_t key =
      mix(mix(0x7363616eU, entry), static_cast<uint64_t>(op) << 8 | static_cast<uint64_t>(compute));
  if (Kernel* known = runtime.find(key)) return *known;
  return runtime.build(
      key, kEntries[entry], kEntries[entry],
      kernel_source("common") + kernel_source("rows") + kernel_source("reduce/scan"),
      runtime.options(compute) + scan_option(op));
}

/// The arrays of a call, dense.
struct Arrays {
  const DenseInput& input;
  DenseOutput& output;
  const DenseInput& factor;
  DenseOutput& indices;
};

void run_rows(Runtime& runtime, const ScanArgs& args, DType compute, const Extents& e,
              const Arrays& arrays, bool cut) {
  const int64_t piece = cut ? kGroupPiece : e.n;
  const int64_t pieces = ceil_div(e.n, piece);
  const Scratch states(runtime, cut ? static_cast<size_t>(e.outer * pieces) * kStateBytes : 1);
  const auto set_sizes = [&](Launch& launch) {
    launch.values(e.outer, static_cast<int32_t>(e.n), static_cast<int32_t>(piece),
                  static_cast<int32_t>(pieces), int32_t{args.reverse});
  };
  const std::lock_guard lock(runtime.mutex());
  if (cut) {
    Launch first(runtime, kernel_for(runtime, totals, args.op, compute));
    first.array(arrays.input);
    first.buffer(states.buffer());
    set_sizes(first);
    first.run_rows(e.outer * (pieces - 1), piece * work_of(args.op));
    Launch second(runtime, kernel_for(runtime, carries, args.op, compute));
    second.buffer(states.buffer());
    second.values(e.outer, static_cast<int32_t>(pieces));
    second.run_rows(e.outer, pieces);
  }
  Launch last(runtime, kernel_for(runtime, rows, args.op, compute));
  last.array(arrays.input);
  last.array(arrays.output);
  last.array(arrays.indices);
  last.buffer(states.buffer());
  set_sizes(last);
  last.run_rows(e.outer * pieces, piece * work_of(args.op));
}

void run_columns(Runtime& runtime, const ScanArgs& args, DType compute, const Extents& e,
                 const Arrays& arrays) {
  const std::lock_guard lock(runtime.mutex());
  Launch launch(runtime, kernel_for(runtime, columns, args.op, compute));
  launch.array(arrays.input);
  launch.array(arrays.output);
  launch.array(arrays.indices);
  launch.array(arrays.factor);
  launch.values(e.outer, static_cast<int32_t>(e.n), static_cast<int32_t>(e.inner),
                int32_t{args.reverse});
  // As in kernels/reduce/scan.cl.
  const int64_t width = runtime.profile().style == Style::cpu ? 4 * runtime.profile().lanes() : 1;
  launch.run_tasks(e.outer * ceil_div(e.inner, width),
                   e.n * std::min(e.inner, width) * work_of(args.op));
}

}  // namespace

void OpenClBackend::scan(const ScanArgs& args) {
  const Extents e = extents_around(args.input.shape, args.axis);
  if (e.empty()) return;
  if (!stores({&args.input, &args.output}) || std::max(e.n, e.inner) > kLongestScanned) {
    return Backend::scan(args);
  }
  const ScanAlgorithm algorithm = choose_scan(e, args.op);
  if (algorithm == ScanAlgorithm::turned) {
    ScanArgs call = args;
    call.axis = args.input.shape.rank() - 1;
    for (TensorView* view : {&call.input, &call.output, &call.indices}) {
      *view = axis_last(*view, args.axis);
    }
    return scan(call);
  }
  const DType compute = compute_type(args.output.dtype);
  Runtime& device = runtime();
  const DenseInput input(*this, args.input, compute);
  const DenseInput factor(*this, args.factor, compute);
  DenseOutput output(*this, args.output, compute);
  DenseOutput indices(*this, args.indices, DType::int64);
  const Arrays arrays{input, output, factor, indices};
  if (algorithm == ScanAlgorithm::columns) {
    run_columns(device, args, compute, e, arrays);
  } else {
    run_rows(device, args, compute, e, arrays, algorithm == ScanAlgorithm::pieces);
  }
  output.finish();
  indices.finish();
}

}  // namespace ct::opencl
