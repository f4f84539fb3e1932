// 2-D convolution. Its two gradients are ops of their own, whose gradients are convolutions again:
// double backward closes.
#include "customtensor/ops/conv.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/reduce.hpp"
#include "ops/pointwise/apply.hpp"
#include "ops/pointwise/copy.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;

namespace {

ConvArgs arguments(Pass pass, const ConvOptions& o) {
  ConvArgs args;
  args.pass = pass;
  args.stride = o.stride.array();
  args.padding = o.padding.array();
  args.dilation = o.dilation.array();
  args.groups = o.groups;
  return args;
}

Tensor forward(const Tensor& x, const Tensor& w, const Tensor& bias, const ConvOptions& o,
               const Shape& shape);
Tensor grad_input(const Tensor& gy, const Tensor& w, const ConvOptions& o, const Shape& shape);
Tensor grad_weight(const Tensor& x, const Tensor& gy, const ConvOptions& o, const Shape& shape);

Tensor forward(const Tensor& x, const Tensor& w, const Tensor& bias, const ConvOptions& o,
               const Shape& shape) {
  Tensor y = detail::make_tensor(shape, x.dtype(), detail::impl(x).backend());
  ConvArgs args = arguments(Pass::forward, o);
  args.x = detail::view_of(x);
  args.w = detail::view_of(w);
  args.y = detail::view_of(y);
  if (bias.defined()) args.bias = detail::view_of(bias);
  if (y.numel() > 0) detail::impl(x).kernels().conv_forward(args);
  autograd::record("conv2d", {&y}, {&x, &w, &bias}, [&](const Recording& r) {
    return [x = r.save_if(r.wanted(1), 0), w = r.save_if(r.wanted(0), 1), sx = x.shape(),
            sw = w.shape(), o](std::span<const Tensor> g, Gradients& d) {
      if (d.needed(0)) d[0] = grad_input(g[0], w.get(), o, sx);
      if (d.needed(1)) d[1] = grad_weight(x.get(), g[0], o, sw);
      if (d.needed(2)) d[2] = g[0].sum({0, 2, 3});
    };
  });
  return y;
}

Tensor grad_input(const Tensor& gy, const Tensor& w, const ConvOptions& o, const Shape& shape) {
  Tensor gx = detail::make_tensor(shape, gy.dtype(), detail::impl(gy).backend());
  ConvArgs args = arguments(Pass::grad_input, o);
  args.x = detail::view_of(gx);
  args.w = detail::view_of(w);
  args.y = detail::view_of(gy);
  if (gx.numel() > 0) detail::impl(gy).kernels().conv_grad_input(args);
  autograd::record("conv2d_grad_input", {&gx}, {&gy, &w}, [&](const Recording& r) {
    return [gy = r.save_if(r.wanted(1), 0), w = r.save_if(r.wanted(0), 1), sy = gy.shape(),
            sw = w.shape(), o](std::span<const Tensor> g, Gradients& d) {
      if (d.needed(0)) d[0] = forward(g[0], w.get(), Tensor(), o, sy);
      if (d.needed(1)) d[1] = grad_weight(g[0], gy.get(), o, sw);
    };
  });
  return gx;
}

Tensor grad_weight(const Tensor& x, const Tensor& gy, const ConvOptions& o, const Shape& shape) {
  Tensor gw = detail::make_tensor(shape, gy.dtype(), detail::impl(gy).backend());
  ConvArgs args = arguments(Pass::grad_weight, o);
  args.x = detail::view_of(x);
  args.w = detail::view_of(gw);
  args.y = detail::view_of(gy);
  if (gw.numel() > 0) detail::impl(gy).kernels().conv_grad_weight(args);
  autograd::record("conv2d_grad_weight", {&gw}, {&x, &gy}, [&](const Recording& r) {
    return [x = r.save_if(r.wanted(1), 0), gy = r.save_if(r.wanted(0), 1), sx = x.shape(),
            sy = gy.shape(), o](std::span<const Tensor> g, Gradients& d) {
      if (d.needed(0)) d[0] = grad_input(gy.get(), g[0], o, sx);
      if (d.needed(1)) d[1] = forward(x.get(), g[0], Tensor(), o, sy);
    };
  });
  return gw;
}

// Kernels count places in 32 bits, from -padding on.
constexpr int64_t kMostPadding = (int64_t{1} << 30) - 1;

void check_positive(const char* what, Pair value, int64_t least) {
  if (value.h < least || value.w < least) {
    throw ValueError(
        fmt::format("conv2d: {} must be at least {}: ({}, {})", what, least, value.h, value.w));
  }
}

}  // namespace

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const ConvOptions& options) {
  detail::check_defined(x, "conv2d", "x");
  detail::check_defined(weight, "conv2d", "weight");
  detail::check_same_device(x, weight, "conv2d");
  const Shape& sx = x.shape();
  const Shape& sw = weight.shape();
  const auto facts = [&] {
    return fmt::format("x {}, weight {}, groups {}", to_string(sx), to_string(sw), options.groups);
  };
  if (sx.rank() != 4 || sw.rank() != 4) {
    throw ShapeError(fmt::format(
        "conv2d: x must be (n, c, h, w) and weight (o, c / groups, kh, kw): {}", facts()));
  }
  if (x.dtype() != weight.dtype() || (bias.defined() && bias.dtype() != x.dtype())) {
    throw DTypeError(fmt::format(
        "conv2d: dtypes differ: x {}, weight {}{}; convert with .to(dtype)", name(x.dtype()),
        name(weight.dtype()), bias.defined() ? fmt::format(", bias {}", name(bias.dtype())) : ""));
  }
  check_positive("stride", options.stride, 1);
  check_positive("dilation", options.dilation, 1);
  check_positive("padding", options.padding, 0);
  if (std::max(options.padding.h, options.padding.w) > kMostPadding) {
    throw ValueError(fmt::format("conv2d: padding must be at most {}: ({}, {})", kMostPadding,
                                 options.padding.h, options.padding.w));
  }
  if (options.groups < 1 || sx[1] % options.groups != 0 || sw[0] % options.groups != 0 ||
      sx[1] / options.groups != sw[1]) {
    throw ShapeError(
        fmt::format("conv2d: channels and groups do not fit: {}: weight's axis 1 must be c / "
                    "groups, and groups "
                    "must divide c and o",
                    facts()));
  }
  if (bias.defined()) {
    detail::check_same_device(x, bias, "conv2d");
    if (bias.shape() != Shape{sw[0]}) {
      throw ShapeError(fmt::format("conv2d: bias {} does not fit {}: it must be ({})",
                                   to_string(bias.shape()), facts(), sw[0]));
    }
  }
  if (sw[2] < 1 || sw[3] < 1) {
    throw ShapeError(fmt::format("conv2d: the kernel must be at least 1 x 1: {}", facts()));
  }
  Shape shape{sx[0], sw[0], 0, 0};
  ConvOptions used = options;
  for (int i = 0; i < 2; ++i) {
    const auto at = static_cast<size_t>(i);
    const int64_t reach = checked_mul("conv2d", options.dilation.array()[at], sw[2 + i] - 1);
    const int64_t window = checked_add("conv2d", reach, 1);
    const int64_t padded = checked_add("conv2d", sx[2 + i], 2 * options.padding.array()[at]);
    if (padded < window) {
      throw ShapeError(fmt::format(
          "conv2d: the kernel does not fit the padded image: {}, padding ({}, {}), dilation ({}, "
          "{})",
          facts(), options.padding.h, options.padding.w, options.dilation.h, options.dilation.w));
    }
    shape[2 + i] = (padded - window) / options.stride.array()[at] + 1;
    // Steps longer than the image are never taken: kernels multiply without a check.
    int64_t& stride = i == 0 ? used.stride.h : used.stride.w;
    int64_t& dilation = i == 0 ? used.dilation.h : used.dilation.w;
    stride = std::min(stride, padded);
    dilation = std::min(dilation, padded);
  }
  return forward(x, weight, bias, used, shape);
}

}  // namespace ct
