// See transpose.hpp.
#include "backend_opencl/transpose.hpp"

#include <algorithm>
#include <mutex>

#include "backend_opencl/space.hpp"

namespace ct::opencl {
namespace {

/// As in kernels/transpose.cl.
constexpr int64_t kTile = 16;
struct Transposition {
  int64_t size[6] = {}, in[6] = {}, out[6] = {};
  int64_t rows = 0, columns = 0;
  int64_t in_first = 0, out_first = 0;
  int64_t column_step = 0, row_step = 0;
  int32_t rank = 0;
};

/// Fewer elements are copied by the pointwise kernels, which are there already.
constexpr int64_t kWorth = 1 << 15;

LibraryKernel kernel_for(size_t item) {
  switch (item) {
    case 1:
      return LibraryKernel::transpose_uchar;
    case 2:
      return LibraryKernel::transpose_ushort;
    case 4:
      return LibraryKernel::transpose_uint;
    default:
      return LibraryKernel::transpose_ulong;
  }
}

}  // namespace

bool run_transposition(Runtime& runtime, const PointwiseArgs& args) {
  if (args.program->key() != program_of(Opcode::copy)->key()) return false;
  if (args.inputs[0].dtype != args.outputs[0].dtype || numel(args.shape) < kWorth) return false;
  const Space space = make_space(args.shape, args.inputs, args.outputs, 0, 1);
  const Operand& from = space.operands[0];
  const Operand& to = space.operands[1];
  const int last = space.rank() - 1;
  if (to.strides[last] != 1 || from.strides[last] == 1 || space.columns() < kTile) return false;
  int row_axis = -1;
  for (int axis = 0; axis < last; ++axis) {
    if (from.strides[axis] == 1 && space.shape[axis] >= kTile) row_axis = axis;
  }
  if (row_axis < 0) return false;
  Transposition s;
  s.rows = space.shape[row_axis];
  s.columns = space.columns();
  s.in_first = from.offset;
  s.out_first = to.offset;
  s.column_step = from.strides[last];
  s.row_step = to.strides[row_axis];
  int64_t outer = 1;
  for (int axis = 0; axis < last; ++axis) {
    if (axis == row_axis) continue;
    outer *= space.shape[axis];
    s.size[s.rank] = space.shape[axis];
    s.in[s.rank] = from.strides[axis];
    s.out[s.rank++] = to.strides[axis];
  }
  const auto tiles = [](int64_t size) { return (size + kTile - 1) / kTile; };
  const std::lock_guard lock(runtime.mutex());
  Launch launch(runtime, runtime.library(kernel_for(item_size(from.dtype)), DType::float32));
  launch.buffer(from.buffer);
  launch.buffer(to.buffer);
  launch.value(s);
  launch.value(outer);
  if (runtime.profile().style == Style::cpu) {
    launch.run_tasks(outer * tiles(s.rows), s.columns * kTile);
  } else {
    const auto groups = static_cast<size_t>(
        std::min<int64_t>(outer * tiles(s.rows) * tiles(s.columns), int64_t{1} << 20));
    launch.run(cl::NDRange(groups * kTile, kTile), cl::NDRange(kTile, kTile));
  }
  return true;
}

}  // namespace ct::opencl
