// See dense_view.hpp.
#include "backend_cpu/pointwise/dense_view.hpp"

#include <algorithm>

namespace ct::cpu {
namespace {

void copy_view(CpuBackend& backend, const TensorView& from, const TensorView& to) {
  const Operand in{from.buffer, from.offset, from.dtype, from.strides};
  const Operand out{to.buffer, to.offset, to.dtype, to.strides};
  PointwiseArgs args;
  args.program = program_of(Opcode::copy).get();
  // In the source's type, so that 0.5 is no false; half types widen to the target's.
  const bool floating = is_floating(from.dtype) && is_floating(to.dtype);
  args.compute = compute_type(floating ? to.dtype : from.dtype);
  args.shape = from.shape;
  args.inputs = {&in, 1};
  args.outputs = {&out, 1};
  backend.pointwise(args);
}

}  // namespace

bool is_dense(const TensorView& view) {
  int64_t expected = 1;
  for (int i = view.shape.rank() - 1; i >= 0; --i) {
    if (view.shape[i] != 1 && view.strides[i] != expected) return false;
    expected *= view.shape[i];
  }
  return true;
}

TensorView permuted(const TensorView& view, std::initializer_list<int> order) {
  TensorView result = view;
  int to = 0;
  for (const int from : order) {
    result.shape[to] = view.shape[from];
    result.strides[to] = view.strides[from];
    ++to;
  }
  return result;
}

DenseView::DenseView(CpuBackend& backend, const TensorView& view, DType dtype)
    : backend_(backend), view_(view) {
  if (!view) return;
  if (view.dtype == dtype && is_dense(view)) {
    address_ =
        static_cast<char*>(view.buffer) + view.offset * static_cast<int64_t>(item_size(dtype));
    return;
  }
  bytes_ = std::max<size_t>(1, static_cast<size_t>(numel(view.shape)) * item_size(dtype));
  temporary_.buffer = address_ = backend.allocate(bytes_);
  temporary_.dtype = dtype;
  temporary_.shape = view.shape;
  temporary_.strides = contiguous_strides(view.shape);
}

void DenseView::load() { copy_view(backend_, view_, temporary_); }
void DenseView::store() { copy_view(backend_, temporary_, view_); }

}  // namespace ct::cpu
