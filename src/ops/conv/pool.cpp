// See pool.hpp.
#include "ops/conv/pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/view/integer.hpp"
#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/compare.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/functions.hpp"
#include "customtensor/ops/indexing.hpp"
#include "customtensor/ops/reduce.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/index/index.hpp"
#include "ops/pointwise/apply.hpp"
#include "ops/pointwise/wide.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;

namespace ops {

namespace {

PoolArgs arguments(Pass pass, PoolKind kind, const PoolWindow& w) {
  PoolArgs a;
  a.pass = pass;
  a.kind = kind;
  a.kernel = w.kernel;
  a.stride = w.stride;
  a.padding = w.padding;
  a.dilation = w.dilation;
  a.count_include_pad = w.count_include_pad;
  return a;
}

// Kernels look at every place of a window, of which padding may be the most.
constexpr int64_t kMostPadding = (int64_t{1} << 16) - 1;

/// The result's shape for x with samples; limits the steps of `w` to what can matter.
Shape pooled_shape(const char* op, const Tensor& x, PoolWindow& w) {
  const Shape& sx = x.shape();
  if (!is_floating(x.dtype())) {
    throw DTypeError(
        fmt::format("{}: x is {}: it must be floating; convert with .to()", op, name(x.dtype())));
  }
  for (int i = 0; i < w.axes(); ++i) {
    if (w.stride[i] == 0) w.stride[i] = w.kernel[i];
  }
  if (*std::max_element(w.padding.begin(), w.padding.end()) > kMostPadding) {
    throw ValueError(
        fmt::format("{}: padding must be at most {}: {}", op, kMostPadding, to_string(w.padding)));
  }
  Shape shape{sx[0], sx[1]};
  for (int i = 0; i < w.axes(); ++i) {
    const int64_t k = w.kernel[i], s = w.stride[i], p = w.padding[i], d = w.dilation[i];
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
          "{}: the window does not fit: x {}, kernel {}, stride {}, padding {}, dilation {}; {}",
          op, to_string(sx), to_string(w.kernel), to_string(w.stride), to_string(w.padding),
          to_string(w.dilation), wrong));
    }
    const int64_t span = padded - window;
    int64_t size = (w.ceil_mode ? ceil_div(span, s) : span / s) + 1;
    // A window that starts in the right padding sees nothing.
    if (w.ceil_mode && checked_mul(op, size - 1, s) >= sx[2 + i] + p) --size;
    shape.push_back(size);
    // Steps longer than the image are never taken: kernels multiply without a check.
    w.stride[i] = std::min(s, std::max<int64_t>(padded, 1));
    w.dilation[i] = std::min(d, std::max<int64_t>(padded, 1));
  }
  return shape;
}

/// Whether a window can see padding alone: gaps between its places leap over what there is.
bool may_see_nothing(const PoolWindow& w) {
  for (int i = 0; i < w.axes(); ++i) {
    if (w.padding[i] > 0 && w.dilation[i] > 1) return true;
  }
  return false;
}

Tensor average_backward(const Tensor& gy, const PoolWindow& w, const Shape& shape);

/// Means over the last two axes.
Tensor average_planes(const Tensor& x, const PoolWindow& w, const Shape& shape) {
  Tensor y = detail::make_tensor(shape, x.dtype(), detail::impl(x).backend());
  PoolArgs args = arguments(Pass::forward, PoolKind::average, w);
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

Tensor average_backward(const Tensor& gy, const PoolWindow& w, const Shape& shape) {
  Tensor gx = detail::make_tensor(shape, gy.dtype(), detail::impl(gy).backend());
  PoolArgs args = arguments(Pass::grad_input, PoolKind::average, w);
  args.x = detail::view_of(gx);
  args.y = detail::view_of(gy);
  if (gx.numel() > 0) detail::impl(gy).kernels().pool_backward(args);
  autograd::record("avg_pool2d_backward", {&gx}, {&gy}, [&](const Recording&) {
    return [w, sy = gy.shape()](std::span<const Tensor> g, Gradients& d) {
      d[0] = average_planes(g[0], w, sy);
    };
  });
  return gx;
}

Tensor max_backward(const Tensor& gy, const Tensor& places, const PoolWindow& w,
                    const Shape& shape) {
  Tensor gx = detail::make_tensor(shape, gy.dtype(), detail::impl(gy).backend());
  PoolArgs args = arguments(Pass::grad_input, PoolKind::max, w);
  args.x = detail::view_of(gx);
  args.y = detail::view_of(gy);
  args.indices = detail::view_of(places);
  if (gx.numel() > 0) detail::impl(gy).kernels().pool_backward(args);
  autograd::record("max_pool2d_backward", {&gx}, {&gy}, [&](const Recording& r) {
    return [at = r.save_extra(places), sy = gy.shape(), gaps = may_see_nothing(w)](
               std::span<const Tensor> g, Gradients& d) {
      const Tensor index = at.get().to(int64).flatten(2);
      const Tensor from = g[0].flatten(2);
      const Tensor picked = gaps ? gather(from, 2, clamp(index, 0)).masked_fill(index < 0, 0)
                                 : gather(from, 2, index);
      d[0] = picked.reshape(sy);
    };
  });
  return gx;
}

/// The largest over the last two axes, and their places in a plane, int32; -1 of a window that sees
/// padding alone.
PooledMax max_planes(const Tensor& x, const PoolWindow& w, const Shape& shape) {
  Tensor y = detail::make_tensor(shape, x.dtype(), detail::impl(x).backend());
  const Tensor places = detail::make_tensor(shape, int32, detail::impl(x).backend());
  PoolArgs args = arguments(Pass::forward, PoolKind::max, w);
  args.x = detail::view_of(x);
  args.y = detail::view_of(y);
  args.indices = detail::view_of(places);
  if (y.numel() > 0) detail::impl(x).kernels().pool_forward(args);
  autograd::record("max_pool2d", {&y}, {&x}, [&](const Recording& r) {
    return [at = r.save_extra(places), w, sx = x.shape()](std::span<const Tensor> g, Gradients& d) {
      d[0] = max_backward(g[0], at.get(), w, sx);
    };
  });
  return {y, places};
}

/// The axes [first, first + count) of a window.
PoolWindow part_of(const PoolWindow& w, int first, int count) {
  PoolWindow part{.ceil_mode = w.ceil_mode, .count_include_pad = w.count_include_pad};
  for (int i = first; i < first + count; ++i) {
    part.kernel.push_back(w.kernel[i]);
    part.stride.push_back(w.stride[i]);
    part.padding.push_back(w.padding[i]);
    part.dilation.push_back(w.dilation[i]);
  }
  return part;
}
/// A window of one axis as one of two, of which the other has size 1.
PoolWindow beside_one(PoolWindow w, bool in_front) {
  const int at = in_front ? 0 : 1;
  w.kernel.insert(at, 1);
  w.stride.insert(at, 1);
  w.padding.insert(at, 0);
  w.dilation.insert(at, 1);
  return w;
}

/// Calls planes(x, window, shape) for what makes up a pool of one or two axes.
template <class F>
auto over_planes(const Tensor& x, const PoolWindow& w, const Shape& shape, const F& planes) {
  if (w.axes() == 2) return planes(x, w, shape);
  return planes(x.unsqueeze(2), beside_one(w, true), Shape{shape[0], shape[1], 1, shape[2]});
}

/// The sizes of the two steps over three axes.
struct Steps {
  PoolWindow planes, depth;
  Shape first, second;
  Steps(const PoolWindow& w, const Shape& x, const Shape& y)
      : planes(part_of(w, 1, 2)),
        depth(beside_one(part_of(w, 0, 1), false)),
        first{x[0], x[1] * x[2], y[3], y[4]},
        second{x[0], x[1], y[2], y[3] * y[4]} {}
};

/// Places of the second step, in (depth, plane of y), as places in x; -1 where a step has none.
Tensor places_in_volume(const Tensor& in_planes, const Tensor& in_depth, const Shape& x,
                        const Shape& y, bool gaps) {
  Tensor at = in_depth.to(int64).flatten(2);
  const Tensor none = gaps ? at < 0 : Tensor();
  if (gaps) at = clamp(at, 0);
  const Tensor plane = gather(in_planes.to(int64).reshape({x[0], x[1], -1}), 2, at);
  Tensor places = floor_divide(at, y[3] * y[4]) * (x[3] * x[4]) + plane;
  if (gaps) places = places.masked_fill(logical_or(none, plane < 0), -1);
  return places.reshape(y);
}

/// How many places each window of an axis counts, padding included.
Tensor counts_along(const PoolWindow& w, int i, int64_t in, int64_t out, const Tensor& like) {
  std::vector<double> counts;
  for (int64_t o = 0; o < out; ++o) {
    const int64_t start = o * w.stride[i] - w.padding[i];
    const int64_t end = std::min(start + w.kernel[i], in + w.padding[i]);
    counts.push_back(static_cast<double>(end - start));
  }
  Shape shape = Shape::filled(static_cast<int>(like.dim()), 1);
  shape[2 + i] = out;
  return tensor(counts, {.dtype = like.dtype(), .device = like.device()}).reshape(shape);
}

/// Means as sums over `divisor`.
Tensor divided(Tensor y, const PoolWindow& w, const Shape& x) {
  if (!w.ceil_mode) {
    double count = 1;
    for (const int64_t k : w.kernel) count *= static_cast<double>(k);
    return y * (count / static_cast<double>(w.divisor));
  }
  for (int i = 0; i < w.axes(); ++i) y = y * counts_along(w, i, x[2 + i], y.size(2 + i), y);
  return y / static_cast<double>(w.divisor);
}

}  // namespace

Tensor with_samples(const char* op, const Tensor& x, int axes, bool& single) {
  detail::check_defined(x, op, "x");
  single = x.dim() == axes + 1;
  if (!single && x.dim() != axes + 2) {
    throw ShapeError(fmt::format("{}: x must have {} axes, or {} without that of samples: {}", op,
                                 axes + 2, axes + 1, to_string(x.shape())));
  }
  return single ? x.unsqueeze(0) : x;
}

PooledMax max_pool(const char* op, const Tensor& x, const PoolWindow& window, bool places) {
  PoolWindow w = window;
  bool single = false;
  const Tensor batch = with_samples(op, x, w.axes(), single);
  const Shape shape = pooled_shape(op, batch, w);
  PooledMax result;
  if (w.axes() < 3) {
    result = over_planes(batch, w, shape, max_planes);
    result.values = result.values.reshape(shape);
    result.indices = places ? result.indices.to(int64).reshape(shape) : Tensor();
  } else {
    const Shape& sx = batch.shape();
    const Steps steps(w, sx, shape);
    const PooledMax first = max_planes(batch.flatten(1, 2), steps.planes, steps.first);
    const Tensor columns = first.values.reshape({sx[0], sx[1], sx[2], shape[3] * shape[4]});
    const PooledMax second = max_planes(columns, steps.depth, steps.second);
    result.values = second.values.reshape(shape);
    if (places) {
      result.indices =
          places_in_volume(first.indices, second.indices, sx, shape, may_see_nothing(w));
    }
  }
  if (!single) return result;
  return {result.values.squeeze(0), places ? result.indices.squeeze(0) : Tensor()};
}

Tensor average_pool(const char* op, const Tensor& x, const PoolWindow& window) {
  PoolWindow w = window;
  if (w.divisor < 0) {
    throw ValueError(fmt::format("{}: divisor_override must not be negative: {}", op, w.divisor));
  }
  if (w.divisor > 0) w.count_include_pad = true;
  bool single = false;
  Tensor batch = with_samples(op, x, w.axes(), single);
  const Shape shape = pooled_shape(op, batch, w);
  if (w.axes() == 3 || w.divisor > 0) batch = wide(batch);
  Tensor y;
  if (w.axes() < 3) {
    y = over_planes(batch, w, shape, average_planes).reshape(shape);
  } else {
    const Shape& sx = batch.shape();
    const Steps steps(w, sx, shape);
    const Tensor means = average_planes(batch.flatten(1, 2), steps.planes, steps.first);
    const Tensor columns = means.reshape({sx[0], sx[1], sx[2], shape[3] * shape[4]});
    y = average_planes(columns, steps.depth, steps.second).reshape(shape);
  }
  if (w.divisor > 0) y = divided(y, w, batch.shape());
  y = y.to(x.dtype());
  return single ? y.squeeze(0) : y;
}

PooledMax largest_of_runs(const PooledMax& from, int axis, int64_t length) {
  Shape shape = from.values.shape();
  int64_t before = 1, behind = 1;
  for (int i = 1; i < axis; ++i) before *= shape[i];
  for (int i = axis + 1; i < shape.rank(); ++i) behind *= shape[i];
  const int64_t all = shape[axis];
  shape[axis] = all / length;
  const PoolWindow w{{length, 1}, {length, 1}, {0, 0}, {1, 1}};
  const PooledMax largest = max_planes(from.values.reshape({shape[0], before, all, behind}), w,
                                       {shape[0], before, shape[axis], behind});
  PooledMax result{largest.values.reshape(shape), {}};
  if (from.indices.defined()) {
    const Tensor known = from.indices.reshape({shape[0], before, all * behind});
    result.indices = gather(known, 2, largest.indices.to(int64).flatten(2)).reshape(shape);
  }
  return result;
}

}  // namespace ops

Tensor global_avg_pool2d(const Tensor& x) {
  detail::check_defined(x, "global_avg_pool2d", "x");
  if (x.dim() != 4) {
    throw ShapeError(
        fmt::format("global_avg_pool2d: x must be (n, c, h, w): {}", to_string(x.shape())));
  }
  return mean(x, {2, 3}, true);
}

}  // namespace ct
