// The public pools of fixed windows: each is one call of pool.hpp; to a given size the means are
// the resampling map `area`, and of powers a mean between two programs.
#include "customtensor/ops/pool_axes.hpp"

#include <fmt/format.h>

#include <vector>

#include "customtensor/error.hpp"
#include "customtensor/ops/pool3d.hpp"
#include "customtensor/ops/pool_indices.hpp"
#include "ops/conv/pool.hpp"
#include "ops/pointwise/pointwise_ops.hpp"
#include "ops/pointwise/wide.hpp"

namespace ct {

namespace {

using ops::PoolWindow;

PoolWindow window_of(int64_t kernel, const Pool1dOptions& o) {
  return {{kernel}, {o.stride}, {o.padding}, {o.dilation}, o.ceil_mode, o.count_include_pad};
}
/// Of two or three axes.
template <class Sizes, class Options>
PoolWindow window_of(const Sizes& kernel, const Options& o) {
  return {kernel.array(), o.stride.array(),    o.padding.array(), o.dilation.array(),
          o.ceil_mode,    o.count_include_pad, o.divisor_override};
}

Tensor average(const char* op, const Tensor& x, const PoolWindow& window) {
  for (const int64_t d : window.dilation) {
    if (d == 1) continue;
    throw ValueError(
        fmt::format("{}: dilation {} is for max pools only", op, to_string(window.dilation)));
  }
  return ops::average_pool(op, x, window);
}

Tensor adaptive(const char* op, const Tensor& x, const Dims& size) {
  bool single = false;
  const Tensor batch = ops::with_samples(op, x, size.rank(), single);
  std::vector<int64_t> sizes;
  for (int i = 0; i < size.rank(); ++i) {
    if (size[i] < 0) {
      throw ValueError(fmt::format("{}: sizes must not be negative: {}", op, to_string(size)));
    }
    sizes.push_back(size[i] == 0 ? batch.size(2 + i) : size[i]);
  }
  InterpolateOptions options;
  options.size = sizes;
  options.mode = InterpolateMode::area;
  const Tensor y = interpolate(batch, options);
  return single ? y.squeeze(0) : y;
}

Tensor power_pool(const char* op, const Tensor& x, double p, PoolWindow window) {
  if (p == 0.0) throw ValueError(fmt::format("{}: p is 0: there is no root of that order", op));
  const Tensor given = ops::wide(x);
  static const ProgramPtr power = ops::make_program("lp_pool_power", 1, 1, [](PointwiseBuilder& b) {
    return b.apply(Opcode::pow, b.input(0), b.scalar(0));
  });
  // The root has no slope at 0: there it is given none. A negative sum, of an odd power, has no
  // root.
  static const ProgramPtr root = ops::make_program("lp_pool_root", 1, 2, [](PointwiseBuilder& b) {
    const auto sum = b.input(0) * b.scalar(0);
    const auto none = b.apply(Opcode::eq, sum, 0.0);
    const auto some = b.apply(Opcode::select, none, 1.0, sum);
    return b.apply(Opcode::select, none, 0.0, b.apply(Opcode::pow, some, b.scalar(1)));
  });
  for (int i = 0; i < window.axes(); ++i) {
    window.padding.push_back(0);
    window.dilation.push_back(1);
  }
  double count = 1;
  for (const int64_t k : window.kernel) count *= static_cast<double>(k);
  const Tensor powers = ops::apply(op, power, {&given}, {p});
  const Tensor means = ops::average_pool(op, powers, window);
  return ops::apply(op, root, {&means}, {count, 1.0 / p}).to(x.dtype());
}

}  // namespace

Tensor max_pool1d(const Tensor& x, int64_t kernel, const Pool1dOptions& options) {
  return ops::max_pool("max_pool1d", x, window_of(kernel, options), false).values;
}
Tensor max_pool2d(const Tensor& x, Pair kernel, const PoolOptions& options) {
  return ops::max_pool("max_pool2d", x, window_of(kernel, options), false).values;
}
Tensor max_pool3d(const Tensor& x, Triple kernel, const PoolOptions3d& options) {
  return ops::max_pool("max_pool3d", x, window_of(kernel, options), false).values;
}
PooledMax max_pool1d_with_indices(const Tensor& x, int64_t kernel, const Pool1dOptions& options) {
  return ops::max_pool("max_pool1d", x, window_of(kernel, options), true);
}
PooledMax max_pool2d_with_indices(const Tensor& x, Pair kernel, const PoolOptions& options) {
  return ops::max_pool("max_pool2d", x, window_of(kernel, options), true);
}
PooledMax max_pool3d_with_indices(const Tensor& x, Triple kernel, const PoolOptions3d& options) {
  return ops::max_pool("max_pool3d", x, window_of(kernel, options), true);
}

Tensor avg_pool1d(const Tensor& x, int64_t kernel, const Pool1dOptions& options) {
  return average("avg_pool1d", x, window_of(kernel, options));
}
Tensor avg_pool2d(const Tensor& x, Pair kernel, const PoolOptions& options) {
  return average("avg_pool2d", x, window_of(kernel, options));
}
Tensor avg_pool3d(const Tensor& x, Triple kernel, const PoolOptions3d& options) {
  return average("avg_pool3d", x, window_of(kernel, options));
}

Tensor adaptive_avg_pool1d(const Tensor& x, int64_t size) {
  return adaptive("adaptive_avg_pool1d", x, {size});
}
Tensor adaptive_avg_pool2d(const Tensor& x, Pair size) {
  return adaptive("adaptive_avg_pool2d", x, {size.h, size.w});
}
Tensor adaptive_avg_pool3d(const Tensor& x, const Dims& size) {
  if (size.rank() != 3) {
    throw ShapeError(
        fmt::format("adaptive_avg_pool3d: size must be three numbers: {}", to_string(size)));
  }
  return adaptive("adaptive_avg_pool3d", x, size);
}

Tensor lp_pool1d(const Tensor& x, double p, int64_t kernel, int64_t stride, bool ceil_mode) {
  return power_pool("lp_pool1d", x, p, {{kernel}, {stride}, {}, {}, ceil_mode});
}
Tensor lp_pool2d(const Tensor& x, double p, Pair kernel, Pair stride, bool ceil_mode) {
  return power_pool("lp_pool2d", x, p, {kernel.array(), stride.array(), {}, {}, ceil_mode});
}
Tensor lp_pool3d(const Tensor& x, double p, Triple kernel, Triple stride, bool ceil_mode) {
  return power_pool("lp_pool3d", x, p, {kernel.array(), stride.array(), {}, {}, ceil_mode});
}

}  // namespace ct
