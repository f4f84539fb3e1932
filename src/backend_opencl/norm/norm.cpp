// Normalisation: kernels/norm/norm.cl on dense arrays. A row norm's gradients of weight and bias
// are reductions over the rows.
#include <mutex>
#include <optional>

#include "backend_opencl/norm/group_norm.hpp"
#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "core/view/dense.hpp"

namespace ct::opencl {

void set_eps(Launch& launch, const Profile& profile, double eps) {
  if (profile.fp64) {
    launch.value(eps);
  } else {
    launch.value(static_cast<float>(eps));
  }
}

namespace {

void run_channels(Launch& launch, const Shape& x) { launch.run_rows(x[1], 4 * x[0] * x[2]); }

/// sum over rows of grad_y * (x - mean - rest) * rstd, or of grad_y.
ProgramPtr affine_program(bool weight) {
  static const ProgramPtr weight_program = [] {
    PointwiseBuilder b("norm_grad_weight", 5);
    b.output(b.input(0) * (((b.input(1) - b.input(2)) - b.input(3)) * b.input(4)));
    return b.build();
  }();
  return weight ? weight_program : program_of(Opcode::copy);
}

Operand one_a_row(const TensorView& v) { return {v.buffer, v.offset, v.dtype, {v.strides[0], 0}}; }

/// `rest`: of the mean, for the weight's.
void row_affine_gradient(OpenClBackend& backend, const NormBackwardArgs& args,
                         const TensorView& rest, bool weight) {
  const TensorView& target = weight ? args.grad_weight : args.grad_bias;
  if (!target) return;
  const Operand inputs[] = {operand_of(args.grad_y), operand_of(args.x), one_a_row(args.mean),
                            weight ? one_a_row(rest) : Operand{}, one_a_row(args.rstd)};
  const ProgramPtr program = affine_program(weight);
  ReduceArgs reduce;
  reduce.program = program.get();
  reduce.compute = compute_type(args.x.dtype);
  reduce.shape = args.x.shape;
  reduce.reduced = 1;
  reduce.inputs = std::span(inputs).first(weight ? 5 : 1);
  reduce.output = {target.buffer, target.offset, target.dtype, {0, target.strides[0]}};
  backend.reduce(reduce);
}

}  // namespace

void OpenClBackend::norm_forward(const NormArgs& args) {
  if (numel(args.x.shape) == 0) return;
  if (!stores({&args.x})) return Backend::norm_forward(args);
  if (args.kind == NormKind::group) return group_forward(*this, runtime(), args);
  const DType compute = compute_type(args.x.dtype);
  Runtime& device = runtime();
  const DenseInput x(*this, args.x, compute);
  const DenseInput weight(*this, args.weight, compute);
  const DenseInput bias(*this, args.bias, compute);
  DenseOutput y(*this, args.y, compute);
  const bool channel = args.kind == NormKind::channel;
  const int32_t centred = args.kind != NormKind::rms;
  {
    const std::lock_guard lock(device.mutex());
    Launch launch(device, device.library(channel ? LibraryKernel::norm_channel_forward
                                                 : LibraryKernel::norm_row_forward,
                                         compute));
    launch.array(x);
    launch.array(y);
    launch.array(weight);
    launch.array(bias);
    launch.vector(args.mean);
    launch.vector(args.rstd);
    const Shape& shape = args.x.shape;
    if (channel) {
      launch.values(static_cast<int32_t>(shape[0]), shape[1], static_cast<int32_t>(shape[2]),
                    int32_t{args.given});
      set_eps(launch, device.profile(), args.eps);
      run_channels(launch, shape);
    } else {
      launch.values(shape[0], static_cast<int32_t>(shape[1]), int32_t{args.given}, centred);
      set_eps(launch, device.profile(), args.eps);
      launch.run_rows(shape[0], 4 * shape[1]);
    }
  }
  y.finish();
}

void OpenClBackend::norm_backward(const NormBackwardArgs& args) {
  // No elements: the sums over none of them are still to be written.
  if (numel(args.x.shape) == 0) {
    fill_zero(*this, args.grad_weight);
    fill_zero(*this, args.grad_bias);
    return;
  }
  if (!stores({&args.x})) return Backend::norm_backward(args);
  if (args.kind == NormKind::group) return group_backward(*this, runtime(), args);
  const DType compute = compute_type(args.x.dtype);
  const bool channel = args.kind == NormKind::channel;
  const int32_t centred = args.kind != NormKind::rms;
  const TensorView none;
  if (!channel && !args.grad_x && !args.grad_weight) {
    row_affine_gradient(*this, args, none, false);
    return;
  }
  std::optional<DenseArray> rest;
  if (!channel && args.grad_weight) rest.emplace(*this, compute, Shape{args.x.shape[0]});
  Runtime& device = runtime();
  const DenseInput grad_y(*this, args.grad_y, compute);
  const DenseInput x(*this, args.x, compute);
  const DenseInput weight(*this, args.weight, compute);
  DenseOutput grad_x(*this, args.grad_x, compute);
  DenseOutput grad_weight(*this, channel ? args.grad_weight : none, compute);
  DenseOutput grad_bias(*this, channel ? args.grad_bias : none, compute);
  {
    const std::lock_guard lock(device.mutex());
    Launch launch(device, device.library(channel ? LibraryKernel::norm_channel_backward
                                                 : LibraryKernel::norm_row_backward,
                                         compute));
    launch.array(grad_y);
    launch.array(x);
    launch.array(weight);
    launch.vector(args.mean);
    launch.vector(args.rstd);
    launch.array(grad_x);
    const Shape& shape = args.x.shape;
    if (channel) {
      launch.array(grad_weight);
      launch.array(grad_bias);
      launch.values(static_cast<int32_t>(shape[0]), shape[1], static_cast<int32_t>(shape[2]),
                    int32_t{args.given});
      run_channels(launch, shape);
    } else {
      launch.buffer(rest ? rest->view().buffer : nullptr);
      launch.value(rest ? rest->view().offset : int64_t{0});
      launch.values(shape[0], static_cast<int32_t>(shape[1]), int32_t{args.given}, centred);
      launch.run_rows(shape[0], 4 * shape[1]);
    }
  }
  if (!channel) {
    row_affine_gradient(*this, args, rest ? rest->view() : none, true);
    row_affine_gradient(*this, args, none, false);
  }
  grad_x.finish();
  grad_weight.finish();
  grad_bias.finish();
}

}  // namespace ct::opencl
