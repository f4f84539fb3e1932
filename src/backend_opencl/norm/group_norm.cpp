// Group normalisation: kernels/norm/group_norm.cl on dense arrays. What each run gives to the
// gradients of its channel is kept, and then summed over the samples.
#include "backend_opencl/norm/group_norm.hpp"

#include <mutex>
#include <optional>

#include "core/view/dense.hpp"

namespace ct::opencl {
namespace {

/// How many channels the tensor has.
int64_t channels_of(const Shape& x, const TensorView& affine) {
  return affine ? affine.shape[0] : x[1];
}

/// target (all) = sum over the samples of `shares` (samples, all), which begin at `offset`.
void sum_shares(OpenClBackend& backend, const TensorView& shares, int64_t offset,
                const TensorView& target, int64_t samples, DType compute) {
  if (!target) return;
  const int64_t all = target.shape[0];
  const Operand input{shares.buffer, shares.offset + offset, shares.dtype, {all, 1}};
  ReduceArgs reduce;
  reduce.compute = compute;
  reduce.shape = {samples, all};
  reduce.reduced = 1;
  reduce.inputs = {&input, 1};
  reduce.output = {target.buffer, target.offset, target.dtype, {0, target.strides[0]}};
  backend.reduce(reduce);
}

}  // namespace

void group_forward(OpenClBackend& backend, Runtime& device, const NormArgs& args) {
  const DType compute = compute_type(args.x.dtype);
  const DenseInput x(backend, args.x, compute);
  const DenseInput weight(backend, args.weight, compute);
  const DenseInput bias(backend, args.bias, compute);
  DenseOutput y(backend, args.y, compute);
  {
    const std::lock_guard lock(device.mutex());
    Launch launch(device, device.library(LibraryKernel::norm_group_forward, compute));
    launch.array(x);
    launch.array(y);
    launch.array(weight);
    launch.array(bias);
    launch.vector(args.mean);
    launch.vector(args.rstd);
    const Shape& shape = args.x.shape;
    launch.values(shape[0], static_cast<int32_t>(shape[1]), static_cast<int32_t>(shape[2]),
                  channels_of(shape, args.weight ? args.weight : args.bias), int32_t{args.given});
    set_eps(launch, device.profile(), args.eps);
    launch.run_rows(shape[0], 4 * shape[1] * shape[2]);
  }
  y.finish();
}

void group_backward(OpenClBackend& backend, Runtime& device, const NormBackwardArgs& args) {
  const DType compute = compute_type(args.x.dtype);
  const Shape& shape = args.x.shape;
  const bool sums = args.grad_weight || args.grad_bias;
  const int64_t runs = shape[0] * shape[1];
  std::optional<DenseArray> shares;
  if (sums) shares.emplace(backend, compute, Shape{2, runs});
  const DenseInput grad_y(backend, args.grad_y, compute);
  const DenseInput x(backend, args.x, compute);
  const DenseInput weight(backend, args.weight, compute);
  DenseOutput grad_x(backend, args.grad_x, compute);
  const TensorView& affine = args.weight        ? args.weight
                             : args.grad_weight ? args.grad_weight
                                                : args.grad_bias;
  {
    const std::lock_guard lock(device.mutex());
    Launch launch(device, device.library(LibraryKernel::norm_group_backward, compute));
    launch.array(grad_y);
    launch.array(x);
    launch.array(weight);
    launch.vector(args.mean);
    launch.vector(args.rstd);
    launch.array(grad_x);
    launch.buffer(shares ? shares->view().buffer : nullptr);
    launch.value(shares ? shares->view().offset : int64_t{0});
    launch.values(shape[0], static_cast<int32_t>(shape[1]), static_cast<int32_t>(shape[2]),
                  channels_of(shape, affine), int32_t{args.given});
    launch.run_rows(shape[0], 4 * shape[1] * shape[2]);
  }
  if (sums) {
    const int64_t samples = runs / channels_of(shape, affine);
    sum_shares(backend, shares->view(), 0, args.grad_weight, samples, compute);
    sum_shares(backend, shares->view(), runs, args.grad_bias, samples, compute);
  }
  grad_x.finish();
}

}  // namespace ct::opencl
