// Convolution over one or two axes. Its two gradients are ops of their own, whose gradients are
// convolutions again: double backward closes. A transposed convolution is the input's gradient.
#include "customtensor/ops/conv.hpp"

#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/conv1d.hpp"
#include "customtensor/ops/conv_transpose.hpp"
#include "customtensor/ops/reduce.hpp"
#include "ops/conv/conv_checks.hpp"
#include "ops/conv/convolution.hpp"
#include "ops/pointwise/apply.hpp"
#include "ops/pointwise/wide.hpp"

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

ConvOptions two_axes(const ops::Convolution& conv) {
  const auto pair = [](const Dims& d, int64_t one) {
    return d.rank() == 1 ? Pair(one, d[0]) : Pair(d[0], d[1]);
  };
  return {.stride = pair(conv.stride, 1),
          .padding = pair(conv.padding, 0),
          .dilation = pair(conv.dilation, 1),
          .groups = conv.groups};
}

/// x with an axis for the batch and two for the image.
Tensor image_of(const Tensor& x, int axes) {
  const Tensor batch = x.dim() == axes + 1 ? x.unsqueeze(0) : x;
  return axes == 1 ? batch.unsqueeze(2) : batch;
}

/// The result `y` as it is given for `x`.
Tensor result_of(Tensor y, const Tensor& x, int axes) {
  if (axes == 1) y = y.squeeze(2);
  return x.dim() == axes + 1 ? y.squeeze(0) : y;
}

}  // namespace

namespace ops {

Tensor convolve(const Convolution& wanted, const Tensor& x, const Tensor& weight,
                const Tensor& bias) {
  Convolution conv = wanted;
  Shape shape = checked_shape(conv, false, x, weight, bias);
  const int axes = conv.axes();
  if (axes == 1) shape.insert(2, 1);
  const Tensor w = axes == 1 ? weight.unsqueeze(2) : weight;
  return result_of(forward(image_of(x, axes), w, bias, two_axes(conv), shape), x, axes);
}

Tensor convolve_transposed(const Convolution& wanted, const Tensor& x, const Tensor& weight,
                           const Tensor& bias) {
  Convolution conv = wanted;
  Shape shape = checked_shape(conv, true, x, weight, bias);
  const int axes = conv.axes();
  if (axes == 1) shape.insert(2, 1);
  const Tensor w = axes == 1 ? weight.unsqueeze(2) : weight;
  const Tensor image = image_of(x, axes);
  const ConvOptions o = two_axes(conv);
  if (!bias.defined()) return result_of(grad_input(image, w, o, shape), x, axes);
  const Tensor sums = grad_input(wide(image), wide(w), o, shape);
  return result_of((sums + wide(bias).reshape({1, -1, 1, 1})).to(x.dtype()), x, axes);
}

}  // namespace ops

Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const ConvOptions1d& options) {
  return ops::convolve(
      {"conv1d", options.stride, options.padding, options.dilation, options.groups}, x, weight,
      bias);
}

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const ConvOptions& options) {
  return ops::convolve({"conv2d", options.stride.array(), options.padding.array(),
                        options.dilation.array(), options.groups},
                       x, weight, bias);
}

Tensor conv_transpose1d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const ConvTransposeOptions1d& options) {
  return ops::convolve_transposed({"conv_transpose1d", options.stride, options.padding,
                                   options.dilation, options.groups, options.output_padding},
                                  x, weight, bias);
}

Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const ConvTransposeOptions& options) {
  return ops::convolve_transposed(
      {"conv_transpose2d", options.stride.array(), options.padding.array(),
       options.dilation.array(), options.groups, options.output_padding.array()},
      x, weight, bias);
}

}  // namespace ct
