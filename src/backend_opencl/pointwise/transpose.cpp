// See transpose.hpp.
#include "backend_opencl/pointwise/transpose.hpp"

#include <algorithm>
#include <mutex>

#include "backend_opencl/pointwise/space.hpp"
#include "core/view/integer.hpp"

namespace ct::opencl {
namespace {

/// As in kernels/pointwise/transpose.cl.
constexpr int64_t kSquare = 16;
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

/// The axis along which an operand is contiguous, if it lies across the others: steps along the
/// last axis, but elements side by side along this one. -1 if it does not, or is too narrow for
/// tiles.
int axis_across(const Space& space, const Operand& operand) {
  const int last = space.rank() - 1;
  if (operand.strides[last] == 1 || operand.strides[last] == 0 || space.columns() < kSquare) {
    return -1;
  }
  for (int axis = last - 1; axis >= 0; --axis) {
    if (operand.strides[axis] == 1 && space.shape[axis] >= kSquare) return axis;
  }
  return -1;
}

}  // namespace

bool run_transposition(Runtime& runtime, const PointwiseArgs& args) {
  if (args.program->key() != program_of(Opcode::copy)->key()) return false;
  if (args.inputs[0].dtype != args.outputs[0].dtype || numel(args.shape) < kWorth) return false;
  const Space space = make_space(args.shape, args.inputs, args.outputs, 0, 1);
  const Operand& from = space.operands[0];
  const Operand& to = space.operands[1];
  const int last = space.rank() - 1;
  const int row_axis = axis_across(space, from);
  if (to.strides[last] != 1 || row_axis < 0) return false;
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
  const auto tiles = [](int64_t size) { return ceil_div(size, kSquare); };
  const std::lock_guard lock(runtime.mutex());
  Launch launch(runtime, runtime.library(kernel_for(item_size(from.dtype)), DType::float32));
  launch.buffer(from.buffer);
  launch.buffer(to.buffer);
  launch.value(s);
  launch.value(outer);
  if (runtime.profile().style == Style::cpu) {
    launch.run_tasks(outer * tiles(s.rows), s.columns * kSquare);
  } else {
    const auto groups = static_cast<size_t>(
        std::min<int64_t>(outer * tiles(s.rows) * tiles(s.columns), int64_t{1} << 20));
    launch.run(cl::NDRange(groups * kSquare, kSquare), cl::NDRange(kSquare, kSquare));
  }
  return true;
}

TurnedInputs::TurnedInputs(OpenClBackend& backend, const PointwiseArgs& args) : args_(args) {
  if (numel(args.shape) < kWorth || args.program->uses_random()) return;
  const Space space =
      make_space(args.shape, args.inputs, args.outputs, 0, static_cast<int>(args.inputs.size()));
  for (size_t k = 0; k < args.inputs.size(); ++k) {
    const Operand& from = space.operands[k];
    if (axis_across(space, from) < 0) continue;
    if (copies_.empty()) operands_ = space.operands;
    // Rows as the space has them; along axes that are broadcast there is one.
    TensorView source{from.buffer, from.offset, from.dtype, space.shape, from.strides};
    for (int axis = 0; axis < space.rank(); ++axis) {
      if (from.strides[axis] == 0) source.shape[axis] = 1;
    }
    copies_.push_back(std::make_unique<DenseArray>(backend, from.dtype, source.shape));
    copy_view(backend, source, copies_.back()->view());
    Operand to = operand_of(copies_.back()->view());
    for (int axis = 0; axis < space.rank(); ++axis) {
      if (from.strides[axis] == 0) to.strides[axis] = 0;
    }
    operands_[k] = to;
  }
  if (copies_.empty()) return;
  args_.shape = space.shape;
  args_.inputs = std::span<const Operand>(operands_).first(args.inputs.size());
  args_.outputs = std::span<const Operand>(operands_).subspan(args.inputs.size());
}

}  // namespace ct::opencl
