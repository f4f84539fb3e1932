// See dense.hpp.
#include "backend_opencl/pointwise/dense.hpp"

#include <vector>

namespace ct::opencl {
namespace {

bool is_dense(const TensorView& view) {
  int64_t expected = 1;
  for (int i = view.shape.rank() - 1; i >= 0; --i) {
    if (view.shape[i] != 1 && view.strides[i] != expected) return false;
    expected *= view.shape[i];
  }
  return true;
}

Operand operand_of(const TensorView& view) {
  return {view.buffer, view.offset, view.dtype, view.strides};
}

}  // namespace

DenseView::DenseView(OpenClBackend& backend, Runtime& runtime, const TensorView& view, DType dtype)
    : backend_(backend), view_(view), dense_(view) {
  if (!view || (view.dtype == dtype && is_dense(view))) return;
  temporary_ =
      std::make_unique<Scratch>(runtime, static_cast<size_t>(numel(view.shape)) * item_size(dtype));
  dense_.buffer = temporary_->buffer();
  dense_.offset = 0;
  dense_.dtype = dtype;
  dense_.strides = contiguous_strides(view.shape);
}

void DenseView::copy(const TensorView& from, const TensorView& to) {
  const Operand in = operand_of(from);
  const Operand out = operand_of(to);
  PointwiseArgs args;
  args.program = program_of(Opcode::copy).get();
  // In the source's type: in that of bool, which is int32, 2^32 would become false.
  args.compute = compute_type(from.dtype);
  args.shape = from.shape;
  args.inputs = {&in, 1};
  args.outputs = {&out, 1};
  backend_.pointwise(args);
}

void run_epilogue(OpenClBackend& backend, const Epilogue& epilogue, const TensorView& result) {
  if (epilogue.program == nullptr) return;
  std::vector<Operand> operands{operand_of(result)};
  for (const TensorView& view : epilogue.inputs) operands.push_back(operand_of(view));
  PointwiseArgs call;
  call.program = epilogue.program;
  call.compute = compute_type(result.dtype);
  call.shape = result.shape;
  call.inputs = operands;
  call.outputs = std::span(operands).first(1);
  call.scalars = epilogue.scalars;
  backend.pointwise(call);
}

}  // namespace ct::opencl
