// What calls of families come to in bytes and operations, from their arguments alone: what the best
// algorithm must move once, and the operations of the direct one. For profiles only.
#include <algorithm>

#include "core/device/kernels.hpp"

namespace ct::profiling {
namespace {

/// Bytes of the elements that a view shows, those that are repeated by zero strides once.
double bytes_of(const Shape& shape, const Strides& strides, DType dtype) {
  auto bytes = static_cast<double>(item_size(dtype));
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] == 0) return 0;
    if (strides[i] != 0) bytes *= static_cast<double>(shape[i]);
  }
  return bytes;
}

double bytes_of(const TensorView& view) {
  return view ? bytes_of(view.shape, view.strides, view.dtype) : 0;
}

template <class... Views>
Work moved(const Views&... views) {
  return {.bytes = (bytes_of(views) + ...)};
}

double count(const Shape& shape) { return static_cast<double>(numel(shape)); }

double bytes_of(const Shape& shape, std::span<const Operand> operands) {
  double bytes = 0;
  for (const Operand& o : operands) bytes += bytes_of(shape, o.strides, o.dtype);
  return bytes;
}

double instructions(const PointwiseProgram* program) {
  return program == nullptr ? 0 : static_cast<double>(program->code().size());
}

/// What an epilogue reads and computes besides.
Work with(Work work, const Epilogue& epilogue, const Shape& result) {
  for (const TensorView& view : epilogue.inputs) work.bytes += bytes_of(view);
  work.flops += instructions(epilogue.program) * count(result);
  return work;
}

}  // namespace

std::string_view detail_of(const PointwiseArgs& args) { return args.program->name(); }

Work work_of(const PointwiseArgs& a) {
  return {.bytes = bytes_of(a.shape, a.inputs) + bytes_of(a.shape, a.outputs),
          .flops = instructions(a.program) * count(a.shape)};
}

Work work_of(const ReduceArgs& a) {
  return {
      .bytes = bytes_of(a.shape, a.inputs) + bytes_of(a.shape, a.output.strides, a.output.dtype),
      .flops = (instructions(a.program) + 1) * count(a.shape)};
}

Work work_of(const ArgReduceArgs& a) { return moved(a.input, a.values, a.indices); }

Work work_of(const MatmulArgs& a) {
  Work work = moved(a.a, a.b, a.out, a.bias);
  work.flops = 2 * count(a.out.shape) * static_cast<double>(a.a.shape.back());
  return with(work, a.epilogue, a.out.shape);
}

Work work_of(const ConvArgs& a) {
  Work work = moved(a.x, a.w, a.y, a.bias);
  const double window =
      a.w.shape[0] == 0 ? 0 : count(a.w.shape) / static_cast<double>(a.w.shape[0]);
  work.flops = 2 * count(a.y.shape) * window;
  return with(work, a.epilogue, a.y.shape);
}

Work work_of(const PoolArgs& a) { return moved(a.x, a.y, a.indices); }
Work work_of(const NormArgs& a) { return moved(a.x, a.y, a.weight, a.bias, a.mean, a.rstd); }
Work work_of(const NormBackwardArgs& a) {
  return moved(a.grad_y, a.x, a.weight, a.mean, a.rstd, a.grad_x, a.grad_weight, a.grad_bias);
}
Work work_of(const SoftmaxArgs& a) { return moved(a.x, a.y); }
Work work_of(const SoftmaxBackwardArgs& a) { return moved(a.y, a.grad_y, a.grad_x); }
Work work_of(const CrossEntropyArgs& a) { return moved(a.logits, a.targets, a.losses, a.lse); }
Work work_of(const CrossEntropyBackwardArgs& a) {
  return moved(a.logits, a.targets, a.lse, a.grad_losses, a.grad_logits);
}
/// The elements that are picked, not all that there are.
Work work_of(const GatherArgs& a) {
  Work work = moved(a.index, a.out);
  work.bytes += count(a.out.shape) * static_cast<double>(item_size(a.src.dtype));
  return work;
}
Work work_of(const ScatterArgs& a) {
  Work work = moved(a.index, a.src);
  work.bytes += count(a.src.shape) * static_cast<double>(item_size(a.out.dtype));
  return work;
}
Work work_of(const NonzeroArgs& a) { return moved(a.input, a.positions); }
Work work_of(const ScanArgs& a) { return moved(a.input, a.output, a.factor, a.indices); }
Work work_of(const SortArgs& a) { return moved(a.input, a.values, a.indices); }
Work work_of(const SearchArgs& a) { return moved(a.sorted, a.values, a.indices); }
Work work_of(const LinalgArgs& a) { return moved(a.a, a.b, a.out[0], a.out[1], a.out[2], a.info); }
Work work_of(const MultinomialArgs& a) { return moved(a.weights, a.out); }

}  // namespace ct::profiling
