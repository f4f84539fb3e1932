// See dense.hpp.
#include "core/view/dense.hpp"

namespace ct {

DenseArray::DenseArray(Backend& backend, DType dtype, const Shape& shape)
    : memory_(backend, static_cast<size_t>(numel(shape)) * item_size(dtype)),
      view_{memory_.buffer(), 0, dtype, shape, contiguous_strides(shape)} {}

DenseView::DenseView(Backend& backend, const TensorView& view, DType dtype)
    : backend_(backend), view_(view), dense_(view) {
  if (!view || (view.dtype == dtype && is_dense(view))) return;
  temporary_.emplace(backend, static_cast<size_t>(numel(view.shape)) * item_size(dtype));
  dense_ = {temporary_->buffer(), 0, dtype, view.shape, contiguous_strides(view.shape)};
}

void DenseView::load() { copy_view(backend_, view_, dense_); }
void DenseView::store() { copy_view(backend_, dense_, view_); }

void copy_view(Backend& backend, const TensorView& source, const TensorView& target) {
  const Operand in = operand_of(source);
  const Operand out = operand_of(target);
  PointwiseArgs args;
  args.program = program_of(Opcode::copy).get();
  args.compute = compute_type(source.dtype);
  args.shape = source.shape;
  args.inputs = {&in, 1};
  args.outputs = {&out, 1};
  backend.pointwise(args);
}

void fill_zero(Backend& backend, const TensorView& view) {
  if (!view) return;
  static const ProgramPtr program = [] {
    PointwiseBuilder b("zero", 0);
    b.output(b.apply(Opcode::copy, b.constant(0)));
    return b.build();
  }();
  const Operand out = operand_of(view);
  PointwiseArgs args;
  args.program = program.get();
  args.compute = compute_type(view.dtype);
  args.shape = view.shape;
  args.outputs = {&out, 1};
  backend.pointwise(args);
}

}  // namespace ct
