// grid_sample: kernels/resample/grid_sample.cl on dense arrays.
#include <mutex>

#include "backend_opencl/opencl_backend.hpp"
#include "backend_opencl/runtime/runtime.hpp"
#include "core/view/dense.hpp"

namespace ct::opencl {
namespace {

/// As in kernels/resample/grid_sample.cl.
struct GridSample {
  int64_t n, c, points = 1;
  int32_t axes, size[3] = {1, 1, 1};
  int32_t mode, padding, align;
};

GridSample sizes_of(const GridSampleArgs& args) {
  const int axes = args.x.shape.rank() - 2;
  GridSample s{.n = args.x.shape[0],
               .c = args.x.shape[1],
               .axes = axes,
               .mode = static_cast<int32_t>(args.mode),
               .padding = static_cast<int32_t>(args.padding),
               .align = args.align_corners ? 1 : 0};
  for (int i = 0; i < axes; ++i) {
    s.size[3 - axes + i] = static_cast<int32_t>(args.x.shape[2 + i]);
    s.points *= args.y.shape[2 + i];
  }
  return s;
}

int64_t plane_of(const GridSample& s) { return int64_t{s.size[0]} * s.size[1] * s.size[2]; }

/// What a point costs beside the elements it reads, in elements.
constexpr int64_t kPointWork = 16;

}  // namespace

void OpenClBackend::grid_sample(const GridSampleArgs& args) {
  const DType compute = compute_type(args.x.dtype);
  if (!stores({&args.x, &args.grid, &args.y}) || !stores(compute)) {
    return Backend::grid_sample(args);
  }
  const GridSample s = sizes_of(args);
  Runtime& device = runtime();
  const DenseInput grid(*this, args.grid, compute);
  const int64_t point = kPointWork + 8 * s.c;
  if (args.pass == Pass::forward) {
    const DenseInput x(*this, args.x, compute);
    DenseOutput y(*this, args.y, compute);
    {
      const std::lock_guard lock(device.mutex());
      Launch launch(device, device.library(LibraryKernel::grid_sample_forward, compute));
      launch.array(x);
      launch.array(grid);
      launch.array(y);
      launch.value(s);
      launch.run_tasks(s.n * s.points, point);
    }
    y.finish();
    return;
  }
  const DenseInput grad_y(*this, args.y, compute);
  if (args.pass == Pass::grad_input) {
    DenseOutput grad_x(*this, args.x, compute);
    {
      const std::lock_guard lock(device.mutex());
      Launch launch(device, device.library(LibraryKernel::grid_sample_grad_input, compute));
      launch.array(grad_y);
      launch.array(grid);
      launch.array(grad_x);
      launch.value(s);
      launch.run_tasks(s.n * s.c, plane_of(s) + s.points * (kPointWork + 8));
    }
    grad_x.finish();
    return;
  }
  const DenseInput x(*this, args.x, compute);
  DenseOutput grad_grid(*this, args.grad_grid, compute);
  {
    const std::lock_guard lock(device.mutex());
    Launch launch(device, device.library(LibraryKernel::grid_sample_grad_grid, compute));
    launch.array(grad_y);
    launch.array(grid);
    launch.array(x);
    launch.array(grad_grid);
    launch.value(s);
    launch.run_tasks(s.n * s.points, point);
  }
  grad_grid.finish();
}

}  // namespace ct::opencl
