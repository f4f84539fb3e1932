// Softmax and cross-entropy: kernels/norm/softmax.cl and cross_entropy.cl on dense arrays, the
// former of shape (outer, n, inner).
#include <mutex>

#include "backend_opencl/device/column_span.hpp"
#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "core/view/dense.hpp"
#include "core/view/extents.hpp"
#include "core/view/integer.hpp"

namespace ct::opencl {
namespace {

/// What a row costs beside its elements, in elements.
constexpr int64_t kMathWork = 8;

void run_lines(Launch& launch, const Profile& profile, const Extents& e, DType compute, bool log) {
  launch.values(e.outer, static_cast<int32_t>(e.n));
  if (e.inner == 1) {
    launch.value(int32_t{log});
    launch.run_rows(e.outer, e.n * kMathWork);
  } else {
    const int64_t span = column_span(profile, e, compute);
    launch.values(static_cast<int32_t>(e.inner), static_cast<int32_t>(span), int32_t{log});
    launch.run_tasks(e.outer * ceil_div(e.inner, span), e.n * span * kMathWork);
  }
}

}  // namespace

void OpenClBackend::softmax_forward(const SoftmaxArgs& args) {
  const Extents e = extents_around(args.x.shape, args.axis);
  if (e.empty()) return;
  if (!stores({&args.x, &args.y})) return Backend::softmax_forward(args);
  const DType compute = compute_type(args.x.dtype);
  Runtime& device = runtime();
  const DenseInput x(*this, args.x, compute);
  DenseOutput y(*this, args.y, compute);
  {
    const std::lock_guard lock(device.mutex());
    Launch launch(device, device.library(e.inner == 1 ? LibraryKernel::softmax_rows
                                                      : LibraryKernel::softmax_columns,
                                         compute));
    launch.array(x);
    launch.array(y);
    run_lines(launch, device.profile(), e, compute, args.log);
  }
  y.finish();
}

void OpenClBackend::softmax_backward(const SoftmaxBackwardArgs& args) {
  const Extents e = extents_around(args.y.shape, args.axis);
  if (e.empty()) return;
  if (!stores({&args.y, &args.grad_y, &args.grad_x})) return Backend::softmax_backward(args);
  const DType compute = compute_type(args.y.dtype);
  Runtime& device = runtime();
  const DenseInput y(*this, args.y, compute);
  const DenseInput grad_y(*this, args.grad_y, compute);
  DenseOutput grad_x(*this, args.grad_x, compute);
  {
    const std::lock_guard lock(device.mutex());
    Launch launch(device, device.library(e.inner == 1 ? LibraryKernel::softmax_backward_rows
                                                      : LibraryKernel::softmax_backward_columns,
                                         compute));
    launch.array(y);
    launch.array(grad_y);
    launch.array(grad_x);
    run_lines(launch, device.profile(), e, compute, args.log);
  }
  grad_x.finish();
}

void OpenClBackend::cross_entropy_forward(const CrossEntropyArgs& args) {
  if (numel(args.logits.shape) == 0) return;
  if (!stores({&args.logits})) return Backend::cross_entropy_forward(args);
  const DType compute = compute_type(args.logits.dtype);
  Runtime& device = runtime();
  const DenseInput logits(*this, args.logits, compute);
  const std::lock_guard lock(device.mutex());
  Launch launch(device, device.library(LibraryKernel::cross_entropy_forward, compute));
  launch.array(logits);
  launch.vector(args.targets);
  launch.vector(args.losses);
  launch.vector(args.lse);
  launch.values(args.logits.shape[0], static_cast<int32_t>(args.logits.shape[1]),
                args.ignore_index);
  device.index_watch().add_to(launch, args.check);
  launch.run_rows(args.logits.shape[0], args.logits.shape[1] * kMathWork);
  device.index_watch().launched(args.check);
}

void OpenClBackend::cross_entropy_backward(const CrossEntropyBackwardArgs& args) {
  if (numel(args.logits.shape) == 0) return;
  if (!stores({&args.logits})) return Backend::cross_entropy_backward(args);
  const DType compute = compute_type(args.logits.dtype);
  Runtime& device = runtime();
  const DenseInput logits(*this, args.logits, compute);
  DenseOutput grad(*this, args.grad_logits, compute);
  {
    const std::lock_guard lock(device.mutex());
    Launch launch(device, device.library(LibraryKernel::cross_entropy_backward, compute));
    launch.array(logits);
    launch.vector(args.targets);
    launch.vector(args.lse);
    launch.vector(args.grad_losses);
    launch.array(grad);
    launch.values(args.logits.shape[0], static_cast<int32_t>(args.logits.shape[1]),
                  args.ignore_index);
    launch.run_rows(args.logits.shape[0], args.logits.shape[1] * kMathWork);
  }
  grad.finish();
}

}  // namespace ct::opencl
