// 2-D pooling: kernels/conv/pool_max.cl and pool_average.cl on dense planes.
#include <mutex>

#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "core/view/dense.hpp"

namespace ct::opencl {
namespace {

/// As in kernels/conv/pool.cl.
struct Pool {
  int64_t planes;
  int32_t h, w, oh, ow, kh, kw, sh, sw, ph, pw, dh, dw;
  int32_t with_padding;
};

Pool pool_of(const PoolArgs& args) {
  const auto narrow = [](int64_t value) { return static_cast<int32_t>(value); };
  return {.planes = args.x.shape[0] * args.x.shape[1],
          .h = narrow(args.x.shape[2]),
          .w = narrow(args.x.shape[3]),
          .oh = narrow(args.y.shape[2]),
          .ow = narrow(args.y.shape[3]),
          .kh = narrow(args.kernel[0]),
          .kw = narrow(args.kernel[1]),
          .sh = narrow(args.stride[0]),
          .sw = narrow(args.stride[1]),
          .ph = narrow(args.padding[0]),
          .pw = narrow(args.padding[1]),
          .dh = narrow(args.dilation[0]),
          .dw = narrow(args.dilation[1]),
          .with_padding = args.count_include_pad ? 1 : 0};
}

/// What the values are compared or summed in: means of integers are taken in double and truncated.
DType type_of(const PoolArgs& args) {
  const DType dtype = args.x.dtype;
  return args.kind == PoolKind::average && !is_floating(dtype) ? DType::float64
                                                               : compute_type(dtype);
}

/// A task is a row on CPUs, an element on GPUs.
void run_planes(Launch& launch, const Profile& profile, int64_t rows, int64_t columns,
                int64_t work) {
  if (profile.style == Style::cpu) {
    launch.run_tasks(rows, columns * work);
  } else {
    launch.run_tasks(rows * columns, work);
  }
}

}  // namespace

void OpenClBackend::pool_forward(const PoolArgs& args) {
  if (numel(args.y.shape) == 0) return;
  const DType compute = type_of(args);
  if (!stores({&args.x}) || !stores(compute)) return Backend::pool_forward(args);
  const bool largest = args.kind == PoolKind::max;
  Runtime& device = runtime();
  const DenseInput x(*this, args.x, compute);
  DenseOutput y(*this, args.y, compute);
  DenseOutput places(*this, args.indices, DType::int32);
  {
    const std::lock_guard lock(device.mutex());
    Launch launch(device, device.library(largest ? LibraryKernel::pool_max_forward
                                                 : LibraryKernel::pool_average_forward,
                                         compute));
    launch.array(x);
    launch.array(y);
    if (largest) launch.array(places);
    const Pool pool = pool_of(args);
    launch.value(pool);
    run_planes(launch, device.profile(), pool.planes * pool.oh, pool.ow, pool.kh * pool.kw);
  }
  y.finish();
  places.finish();
}

void OpenClBackend::pool_backward(const PoolArgs& args) {
  if (numel(args.x.shape) == 0) return;
  const DType compute = type_of(args);
  if (!stores({&args.x}) || !stores(compute)) return Backend::pool_backward(args);
  const bool largest = args.kind == PoolKind::max;
  Runtime& device = runtime();
  const DenseInput grad_y(*this, args.y, compute);
  const DenseInput places(*this, args.indices, DType::int32);
  DenseOutput grad_x(*this, args.x, compute);
  {
    const std::lock_guard lock(device.mutex());
    Launch launch(device, device.library(largest ? LibraryKernel::pool_max_backward
                                                 : LibraryKernel::pool_average_backward,
                                         compute));
    launch.array(grad_y);
    if (largest) launch.array(places);
    launch.array(grad_x);
    const Pool pool = pool_of(args);
    launch.value(pool);
    run_planes(launch, device.profile(), pool.planes * pool.h, pool.w, pool.kh * pool.kw);
  }
  grad_x.finish();
}

}  // namespace ct::opencl
