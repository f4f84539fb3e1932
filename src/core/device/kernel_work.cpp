// What calls of families come to, where their views alone do not say it: the operations of the
// direct algorithm, and the bytes of picking elements.
#include "core/device/kernels.hpp"

namespace ct::profiling {
namespace {

double count(const Shape& shape) { return static_cast<double>(numel(shape)); }

double instructions(const PointwiseProgram* program) {
  return program == nullptr ? 0 : static_cast<double>(program->code().size());
}

}  // namespace

double bytes_of(const TensorView& view) {
  if (!view) return 0;
  auto bytes = static_cast<double>(item_size(view.dtype));
  for (int i = 0; i < view.shape.rank(); ++i) {
    if (view.shape[i] == 0) return 0;
    if (view.strides[i] != 0) bytes *= static_cast<double>(view.shape[i]);
  }
  return bytes;
}

double bytes_of(const GatherArgs& a) {
  const double picked = count(a.out.shape) * static_cast<double>(item_size(a.src.dtype));
  return picked + bytes_of(a.index) + bytes_of(a.out);
}
double bytes_of(const ScatterArgs& a) {
  const double picked = count(a.src.shape) * static_cast<double>(item_size(a.out.dtype));
  return picked + bytes_of(a.index) + bytes_of(a.src);
}
double bytes_of(const BagArgs& a) {
  const double row = static_cast<double>(a.table.shape[1] * item_size(a.table.dtype));
  return count(a.index.shape) * row + bytes_of(a.index) + bytes_of(a.offsets) + bytes_of(a.scale) +
         bytes_of(a.out) + bytes_of(a.which);
}

double flops_of(const PointwiseArgs& a) { return instructions(a.program) * count(a.shape); }
double flops_of(const PointwiseEachArgs& a) {
  double elements = 0;
  for (const auto& part : a.parts) elements += static_cast<double>(part.size);
  return instructions(a.program) * elements;
}
double flops_of(const ReduceArgs& a) { return (instructions(a.program) + 1) * count(a.shape); }
double flops_of(const MatmulArgs& a) {
  const double each = 2 * static_cast<double>(a.a.shape.back());
  return (each + instructions(a.epilogue.program)) * count(a.out.shape);
}
double flops_of(const ConvArgs& a) {
  const double outputs = a.w.shape[0] == 0 ? 1 : static_cast<double>(a.w.shape[0]);
  const double each = 2 * count(a.w.shape) / outputs;
  return (each + instructions(a.epilogue.program)) * count(a.y.shape);
}

}  // namespace ct::profiling
