// grid_sample and the grids of affine maps. The family grid_sample has kernels for the op and for
// its two gradients; gradients of those are written with public ops (grid_sample_composed.cpp).
#include "ops/resample/grid_sample.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/tensor/tensor_impl.hpp"
#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/matmul.hpp"
#include "customtensor/ops/resample.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/autocast.hpp"
#include "ops/pointwise/wide.hpp"

namespace ct {

namespace {

constexpr const char* kGridSample = "grid_sample";

GridSampleArgs args_of(Pass pass, const GridSampleOptions& options, const Tensor& x,
                       const Tensor& grid, const Tensor& y) {
  GridSampleArgs args;
  args.pass = pass;
  args.mode = options.mode;
  args.padding = options.padding_mode;
  args.align_corners = options.align_corners;
  args.x = detail::view_of(x);
  args.grid = detail::view_of(grid);
  args.y = detail::view_of(y);
  return args;
}

void check(const Tensor& x, const Tensor& grid, const GridSampleOptions& options) {
  detail::check_defined(x, kGridSample, "x");
  detail::check_defined(grid, kGridSample, "grid");
  detail::check_same_device(x, grid, kGridSample);
  const Shape& sx = x.shape();
  const Shape& sg = grid.shape();
  const int axes = sx.rank() - 2;
  if (!is_floating(x.dtype()) || x.dtype() != grid.dtype()) {
    throw DTypeError(fmt::format(
        "{}: x and grid must be floating and of one type: {} and {}; convert with .to()",
        kGridSample, name(x.dtype()), name(grid.dtype())));
  }
  if (axes < 2 || axes > 3 || sg.rank() != sx.rank() || sg[0] != sx[0] || sg[axes + 1] != axes) {
    throw ShapeError(
        fmt::format("{}: x must be (n, c, h, w) and grid (n, oh, ow, 2), or (n, c, d, h, w) and "
                    "(n, od, oh, ow, 3): {} and {}",
                    kGridSample, to_string(sx), to_string(sg)));
  }
  if (options.mode == GridSampleMode::bicubic && axes == 3) {
    throw ValueError(
        fmt::format("{}: bicubic is for images only: x {}", kGridSample, to_string(sx)));
  }
  for (int i = 0; i < axes; ++i) {
    if (sx[2 + i] < 1) {
      throw ValueError(fmt::format("{}: x must have a size of at least 1 along each axis: {}",
                                   kGridSample, to_string(sx)));
    }
  }
}

}  // namespace

Tensor grid_sample(const Tensor& x, const Tensor& grid, const GridSampleOptions& options) {
  if (const ops::Autocast cast{"grid_sample", {&x, &grid}}) {
    return grid_sample(cast(x), cast(grid), options);
  }
  check(x, grid, options);
  Shape shape = x.shape();
  for (int i = 2; i < shape.rank(); ++i) shape[i] = grid.shape()[i - 1];
  checked_numel(kGridSample, shape);
  Tensor y = detail::make_tensor(shape, x.dtype(), detail::impl(x).backend());
  if (y.numel() > 0) {
    detail::impl(x).kernels().grid_sample(args_of(Pass::forward, options, x, grid, y));
  }
  autograd::record(kGridSample, {&y}, {&x, &grid}, [&](const autograd::Recording& r) {
    return [options, sx = r.save(0), sg = r.save(1)](std::span<const Tensor> g,
                                                     autograd::Gradients& d) {
      const Tensor image = sx.get();
      const Tensor places = sg.get();
      if (autograd::recording({&g[0], &image, &places})) {
        ops::grid_sample_gradients(g[0], image, places, options, d);
        return;
      }
      Backend& backend = detail::impl(image).backend();
      if (d.needed(0)) {
        d[0] = detail::make_tensor(image.shape(), image.dtype(), backend);
        if (image.numel() > 0) {
          detail::impl(image).kernels().grid_sample(
              args_of(Pass::grad_input, options, d[0], places, g[0]));
        }
      }
      if (d.needed(1)) {
        d[1] = detail::make_tensor(places.shape(), places.dtype(), backend);
        GridSampleArgs args = args_of(Pass::grad_weight, options, image, places, g[0]);
        args.grad_grid = detail::view_of(d[1]);
        if (d[1].numel() > 0) detail::impl(image).kernels().grid_sample(args);
      }
    };
  });
  return y;
}

Tensor affine_grid(const Tensor& theta, const Shape& size, bool align_corners) {
  constexpr const char* op = "affine_grid";
  detail::check_defined(theta, op, "theta");
  if (!is_floating(theta.dtype())) {
    throw DTypeError(fmt::format("{}: theta is {}: it must be floating; convert with .to()", op,
                                 name(theta.dtype())));
  }
  const int axes = size.rank() - 2;
  if (axes < 2 || axes > 3 || theta.shape() != Shape{size[0], axes, axes + 1}) {
    throw ShapeError(
        fmt::format("{}: theta must be (n, 2, 3) for size (n, c, h, w), or (n, 3, 4) for "
                    "(n, c, d, h, w): {} for {}",
                    op, to_string(theta.shape()), to_string(size)));
  }
  checked_numel(op, size);
  const Tensor map = ops::wide(theta);
  const TensorOptions like{.dtype = map.dtype(), .device = map.device()};
  // A column of theta is what one axis of the grid adds, the last what all of it has.
  Shape each = Shape{size[0]};
  for (int i = 0; i < axes; ++i) each.push_back(1);
  each.push_back(axes);
  Tensor grid = map.select(2, axes).reshape(each);
  for (int i = 0; i < axes; ++i) {
    const int64_t n = size[2 + i];
    const double edge =
        align_corners ? 1.0 : 1.0 - 1.0 / static_cast<double>(std::max<int64_t>(n, 1));
    Shape line = each;
    line[0] = 1;
    line[axes + 1] = 1;
    line[1 + i] = n;
    const Tensor at = n > 1 ? linspace(-edge, edge, n, like) : zeros({n}, like);
    grid = grid + map.select(2, axes - 1 - i).reshape(each) * at.reshape(line);
  }
  return ops::is_narrow(theta) ? grid.to(theta.dtype()) : grid;
}

}  // namespace ct
