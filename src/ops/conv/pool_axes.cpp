// Pools that are others: along one axis those of two on a height of 1, to a given size the
// resampling map `area`, and of powers a mean between two programs.
#include "customtensor/ops/pool_axes.hpp"

#include <fmt/format.h>

#include <vector>

#include "customtensor/error.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/pointwise/pointwise_ops.hpp"
#include "ops/pointwise/wide.hpp"

namespace ct {

namespace {

/// x with a batch; whether it had none.
Tensor batched(const char* op, const Tensor& x, int axes, bool& single) {
  detail::check_defined(x, op, "x");
  single = x.dim() == axes + 1;
  if (!single && x.dim() != axes + 2) {
    throw ShapeError(fmt::format("{}: x must have {} axes, or {} without that of samples: {}", op,
                                 axes + 2, axes + 1, to_string(x.shape())));
  }
  return single ? x.unsqueeze(0) : x;
}

template <class F>
Tensor along_one(const char* op, const Tensor& x, const F& pool) {
  bool single = false;
  const Tensor y = pool(batched(op, x, 1, single).unsqueeze(2)).squeeze(2);
  return single ? y.squeeze(0) : y;
}

PoolOptions as_two(const Pool1dOptions& o) {
  return {.stride = Pair(o.stride == 0 ? 0 : 1, o.stride),
          .padding = Pair(0, o.padding),
          .dilation = Pair(1, o.dilation),
          .ceil_mode = o.ceil_mode,
          .count_include_pad = o.count_include_pad};
}

Tensor adaptive(const char* op, const Tensor& x, const Dims& size) {
  bool single = false;
  const Tensor batch = batched(op, x, size.rank(), single);
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

}  // namespace

Tensor max_pool1d(const Tensor& x, int64_t kernel, const Pool1dOptions& options) {
  return along_one("max_pool1d", x, [&](const Tensor& t) {
    return max_pool2d(t, Pair(1, kernel), as_two(options));
  });
}

Tensor avg_pool1d(const Tensor& x, int64_t kernel, const Pool1dOptions& options) {
  return along_one("avg_pool1d", x, [&](const Tensor& t) {
    return avg_pool2d(t, Pair(1, kernel), as_two(options));
  });
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

Tensor lp_pool2d(const Tensor& x, double p, Pair kernel, Pair stride, bool ceil_mode) {
  if (p == 0.0) throw ValueError("lp_pool2d: p is 0: there is no root of that order");
  bool single = false;
  const Tensor batch = ops::wide(batched("lp_pool2d", x, 2, single));
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
  const Tensor powers = ops::apply("lp_pool2d", power, {&batch}, {p});
  const Tensor means = avg_pool2d(powers, kernel, {.stride = stride, .ceil_mode = ceil_mode});
  const Tensor y =
      ops::apply("lp_pool2d", root, {&means}, {static_cast<double>(kernel.h * kernel.w), 1.0 / p})
          .to(x.dtype());
  return single ? y.squeeze(0) : y;
}

Tensor lp_pool1d(const Tensor& x, double p, int64_t kernel, int64_t stride, bool ceil_mode) {
  return along_one("lp_pool1d", x, [&](const Tensor& t) {
    return lp_pool2d(t, p, Pair(1, kernel), Pair(stride == 0 ? 0 : 1, stride), ceil_mode);
  });
}

}  // namespace ct
