// 2-D pooling.
#include <fmt/format.h>

#include <algorithm>

#include "core/view/integer.hpp"
#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/conv.hpp"
#include "customtensor/ops/indexing.hpp"
#include "customtensor/ops/reduce.hpp"
#include "ops/index/index.hpp"
#include "ops/pointwise/apply.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;

namespace {

struct Window {
  PoolKind kind;
  Pair kernel;
  PoolOptions options;
  PoolArgs args(Pass pass) const {
    PoolArgs a;
    a.pass = pass;
    a.kind = kind;
    a.kernel = kernel.array();
    a.stride = options.stride.array();
    a.padding = options.padding.array();
    a.dilation = options.dilation.array();
    a.count_include_pad = options.count_include_pad;
    return a;
  }
};

// Kernels look at every place of a window, of which padding may be the most.
constexpr int64_t kMostPadding = (int64_t{1} << 16) - 1;

Shape pooled_shape(const char* op, const Tensor& x, Window& w) {
  detail::check_defined(x, op, "x");
  const Shape& sx = x.shape();
  if (sx.rank() != 4) {
    throw ShapeError(fmt::format("{}: x must be (n, c, h, w): {}", op, to_string(sx)));
  }
  if (!is_floating(x.dtype())) {
    throw DTypeError(
        fmt::format("{}: x is {}: it must be floating; convert with .to()", op, name(x.dtype())));
  }
  PoolOptions& o = w.options;
  if (o.stride.h == 0) o.stride.h = w.kernel.h;
  if (o.stride.w == 0) o.stride.w = w.kernel.w;
  if (std::max(o.padding.h, o.padding.w) > kMostPadding) {
    throw ValueError(fmt::format("{}: padding must be at most {}: ({}, {})", op, kMostPadding,
                                 o.padding.h, o.padding.w));
  }
  Shape shape{sx[0], sx[1], 0, 0};
  for (int i = 0; i < 2; ++i) {
    const auto at = static_cast<size_t>(i);
    const int64_t k = w.kernel.array()[at];
    const int64_t s = o.stride.array()[at];
    const int64_t p = o.padding.array()[at];
    const int64_t d = o.dilation.array()[at];
    const char* wrong = k < 1       ? "the kernel must be at least 1"
                        : s < 1     ? "the stride must be at least 1"
                        : d < 1     ? "the dilation must be at least 1"
                        : p < 0     ? "the padding must not be negative"
                        : p > k / 2 ? "padding must be at most half the kernel"
                                    : nullptr;
    const bool sound = wrong == nullptr;
    const int64_t window = sound ? checked_add(op, checked_mul(op, d, k - 1), 1) : 0;
    const int64_t padded = sound ? checked_add(op, sx[2 + i], 2 * p) : 0;
    if (padded < window) wrong = "the kernel is larger than the padded picture";
    if (wrong != nullptr) {
      throw ValueError(fmt::format(
          "{}: the window does not fit: x {}, kernel ({}, {}), stride ({}, {}), padding ({}, {}), "
          "dilation ({}, {}); {}",
          op, to_string(sx), w.kernel.h, w.kernel.w, o.stride.h, o.stride.w, o.padding.h,
          o.padding.w, o.dilation.h, o.dilation.w, wrong));
    }
    const int64_t span = padded - window;
    shape[2 + i] = (o.ceil_mode ? ceil_div(span, s) : span / s) + 1;
    // A window that starts in the right padding sees nothing.
    if (o.ceil_mode && checked_mul(op, shape[2 + i] - 1, s) >= sx[2 + i] + p) --shape[2 + i];
    // Steps longer than the image are never taken: kernels multiply without a check.
    (i == 0 ? o.stride.h : o.stride.w) = std::min(s, std::max<int64_t>(padded, 1));
    (i == 0 ? o.dilation.h : o.dilation.w) = std::min(d, std::max<int64_t>(padded, 1));
  }
  return shape;
}

Tensor average_backward(const Tensor& gy, const Window& w, const Shape& shape);

Tensor average(const Tensor& x, const Window& w, const Shape& shape) {
  Tensor y = detail::make_tensor(shape, x.dtype(), detail::impl(x).backend());
  PoolArgs args = w.args(Pass::forward);
  args.x = detail::view_of(x);
  args.y = detail::view_of(y);
  if (y.numel() > 0) detail::impl(x).kernels().pool_forward(args);
  autograd::record("avg_pool2d", {&y}, {&x}, [&](const Recording&) {
    return [w, sx = x.shape()](std::span<const Tensor> g, Gradients& d) {
      d[0] = average_backward(g[0], w, sx);
    };
  });
  return y;
}

Tensor average_backward(const Tensor& gy, const Window& w, const Shape& shape) {
  Tensor gx = detail::make_tensor(shape, gy.dtype(), detail::impl(gy).backend());
  PoolArgs args = w.args(Pass::grad_input);
  args.x = detail::view_of(gx);
  args.y = detail::view_of(gy);
  if (gx.numel() > 0) detail::impl(gy).kernels().pool_backward(args);
  autograd::record("avg_pool2d_backward", {&gx}, {&gy}, [&](const Recording&) {
    return [w, sy = gy.shape()](std::span<const Tensor> g, Gradients& d) {
      d[0] = average(g[0], w, sy);
    };
  });
  return gx;
}

Tensor max_backward(const Tensor& gy, const Tensor& indices, const Window& w, const Shape& shape) {
  Tensor gx = detail::make_tensor(shape, gy.dtype(), detail::impl(gy).backend());
  PoolArgs args = w.args(Pass::grad_input);
  args.x = detail::view_of(gx);
  args.y = detail::view_of(gy);
  args.indices = detail::view_of(indices);
  if (gx.numel() > 0) detail::impl(gy).kernels().pool_backward(args);
  autograd::record("max_pool2d_backward", {&gx}, {&gy}, [&](const Recording& r) {
    return [at = r.save_extra(indices), sy = gy.shape()](std::span<const Tensor> g, Gradients& d) {
      const Tensor places = at.get().to(int64).flatten(2);
      d[0] = gather(g[0].flatten(2), 2, places).reshape(sy);
    };
  });
  return gx;
}

}  // namespace

Tensor max_pool2d(const Tensor& x, Pair kernel, const PoolOptions& options) {
  Window w{PoolKind::max, kernel, options};
  const Shape shape = pooled_shape("max_pool2d", x, w);
  Tensor y = detail::make_tensor(shape, x.dtype(), detail::impl(x).backend());
  const Tensor indices = detail::make_tensor(shape, int32, detail::impl(x).backend());
  PoolArgs args = w.args(Pass::forward);
  args.x = detail::view_of(x);
  args.y = detail::view_of(y);
  args.indices = detail::view_of(indices);
  if (y.numel() > 0) detail::impl(x).kernels().pool_forward(args);
  autograd::record("max_pool2d", {&y}, {&x}, [&](const Recording& r) {
    return
        [at = r.save_extra(indices), w, sx = x.shape()](std::span<const Tensor> g, Gradients& d) {
          d[0] = max_backward(g[0], at.get(), w, sx);
        };
  });
  return y;
}

Tensor avg_pool2d(const Tensor& x, Pair kernel, const PoolOptions& options) {
  Window w{PoolKind::average, kernel, options};
  if (options.dilation != Pair(1)) {
    throw ValueError(fmt::format("avg_pool2d: dilation ({}, {}) is for max_pool2d only",
                                 options.dilation.h, options.dilation.w));
  }
  const Shape shape = pooled_shape("avg_pool2d", x, w);
  return average(x, w, shape);
}

Tensor global_avg_pool2d(const Tensor& x) {
  detail::check_defined(x, "global_avg_pool2d", "x");
  if (x.dim() != 4) {
    throw ShapeError(
        fmt::format("global_avg_pool2d: x must be (n, c, h, w): {}", to_string(x.shape())));
  }
  return mean(x, {2, 3}, true);
}

}  // namespace ct
