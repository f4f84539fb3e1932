// Convolution over one to three axes. Its two gradients are ops of their own, whose gradients are
// convolutions again: double backward closes. A transposed convolution is the input's gradient.
#include "customtensor/ops/conv.hpp"

#include <vector>

#include "core/view/sizes.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/conv1d.hpp"
#include "customtensor/ops/conv3d.hpp"
#include "customtensor/ops/conv_transpose.hpp"
#include "customtensor/ops/reduce.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/autocast.hpp"
#include "ops/conv/conv_checks.hpp"
#include "ops/conv/convolution.hpp"
#include "ops/pointwise/apply.hpp"
#include "ops/pointwise/wide.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;

namespace {

using ops::Convolution;

ConvArgs arguments(Pass pass, const Convolution& o) {
  ConvArgs args;
  args.pass = pass;
  args.stride = o.stride;
  args.padding = o.padding;
  args.dilation = o.dilation;
  args.groups = o.groups;
  return args;
}

/// What an op of two or three axes is called on the tape.
const char* name_of(Pass pass, const Convolution& o) {
  static constexpr const char* kNames[3][2] = {{"conv2d", "conv3d"},
                                               {"conv2d_grad_input", "conv3d_grad_input"},
                                               {"conv2d_grad_weight", "conv3d_grad_weight"}};
  return kNames[static_cast<int>(pass)][o.axes() - 2];
}

Tensor forward(const Tensor& x, const Tensor& w, const Tensor& bias, const Convolution& o,
               const Shape& shape);
Tensor grad_input(const Tensor& gy, const Tensor& w, const Convolution& o, const Shape& shape);
Tensor grad_weight(const Tensor& x, const Tensor& gy, const Convolution& o, const Shape& shape);

Tensor forward(const Tensor& x, const Tensor& w, const Tensor& bias, const Convolution& o,
               const Shape& shape) {
  Tensor y = detail::make_tensor(shape, x.dtype(), detail::impl(x).backend());
  ConvArgs args = arguments(Pass::forward, o);
  args.x = detail::view_of(x);
  args.w = detail::view_of(w);
  args.y = detail::view_of(y);
  if (bias.defined()) args.bias = detail::view_of(bias);
  if (y.numel() > 0) detail::impl(x).kernels().conv_forward(args);
  autograd::record(name_of(Pass::forward, o), {&y}, {&x, &w, &bias}, [&](const Recording& r) {
    return [x = r.save_if(r.wanted(1), 0), w = r.save_if(r.wanted(0), 1), sx = x.shape(),
            sw = w.shape(), o](std::span<const Tensor> g, Gradients& d) {
      if (d.needed(0)) d[0] = grad_input(g[0], w.get(), o, sx);
      if (d.needed(1)) d[1] = grad_weight(x.get(), g[0], o, sw);
      if (d.needed(2)) d[2] = o.axes() == 2 ? g[0].sum({0, 2, 3}) : g[0].sum({0, 2, 3, 4});
    };
  });
  return y;
}

Tensor grad_input(const Tensor& gy, const Tensor& w, const Convolution& o, const Shape& shape) {
  Tensor gx = detail::make_tensor(shape, gy.dtype(), detail::impl(gy).backend());
  ConvArgs args = arguments(Pass::grad_input, o);
  args.x = detail::view_of(gx);
  args.w = detail::view_of(w);
  args.y = detail::view_of(gy);
  if (gx.numel() > 0) detail::impl(gy).kernels().conv_grad_input(args);
  autograd::record(name_of(Pass::grad_input, o), {&gx}, {&gy, &w}, [&](const Recording& r) {
    return [gy = r.save_if(r.wanted(1), 0), w = r.save_if(r.wanted(0), 1), sy = gy.shape(),
            sw = w.shape(), o](std::span<const Tensor> g, Gradients& d) {
      if (d.needed(0)) d[0] = forward(g[0], w.get(), Tensor(), o, sy);
      if (d.needed(1)) d[1] = grad_weight(g[0], gy.get(), o, sw);
    };
  });
  return gx;
}

Tensor grad_weight(const Tensor& x, const Tensor& gy, const Convolution& o, const Shape& shape) {
  Tensor gw = detail::make_tensor(shape, gy.dtype(), detail::impl(gy).backend());
  ConvArgs args = arguments(Pass::grad_weight, o);
  args.x = detail::view_of(x);
  args.w = detail::view_of(gw);
  args.y = detail::view_of(gy);
  if (gw.numel() > 0) detail::impl(gy).kernels().conv_grad_weight(args);
  autograd::record(name_of(Pass::grad_weight, o), {&gw}, {&x, &gy}, [&](const Recording& r) {
    return [x = r.save_if(r.wanted(1), 0), gy = r.save_if(r.wanted(0), 1), sx = x.shape(),
            sy = gy.shape(), o](std::span<const Tensor> g, Gradients& d) {
      if (d.needed(0)) d[0] = grad_input(gy.get(), g[0], o, sx);
      if (d.needed(1)) d[1] = forward(x.get(), g[0], Tensor(), o, sy);
    };
  });
  return gw;
}

/// One axis is two of which the first has size 1.
Convolution of_two_axes(Convolution conv) {
  if (conv.axes() > 1) return conv;
  conv.stride.insert(0, 1);
  conv.padding.insert(0, 0);
  conv.dilation.insert(0, 1);
  return conv;
}

/// x with an axis for the batch and at least two for the image.
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

namespace {

/// Zeros of another number at both ends are put there by ct::pad.
Tensor convolve_same(Convolution conv, const Tensor& x, const Tensor& weight, const Tensor& bias) {
  conv.same = false;
  check_same(conv, x, weight);
  const int axes = conv.axes();
  std::vector<int64_t> more;
  bool even = true;
  for (int i = axes; i-- > 0;) {
    const int64_t both = checked_mul(conv.op, conv.dilation[i], weight.size(2 + i) - 1);
    const int64_t near = both / 2, far = both - near;
    conv.padding[i] = near;
    more.insert(more.end(), {0, far - near});
    even = even && near == far;
  }
  return convolve(conv, even ? x : pad(x, more), weight, bias);
}

}  // namespace

Tensor convolve(const Convolution& wanted, const Tensor& x, const Tensor& weight,
                const Tensor& bias) {
  if (wanted.same) return convolve_same(wanted, x, weight, bias);
  Convolution conv = wanted;
  Shape shape = checked_shape(conv, false, x, weight, bias);
  const int axes = conv.axes();
  if (axes == 1) shape.insert(2, 1);
  const Tensor w = axes == 1 ? weight.unsqueeze(2) : weight;
  return result_of(forward(image_of(x, axes), w, bias, of_two_axes(conv), shape), x, axes);
}

Tensor convolve_transposed(const Convolution& wanted, const Tensor& x, const Tensor& weight,
                           const Tensor& bias) {
  Convolution conv = wanted;
  Shape shape = checked_shape(conv, true, x, weight, bias);
  const int axes = conv.axes();
  if (axes == 1) shape.insert(2, 1);
  const Tensor w = axes == 1 ? weight.unsqueeze(2) : weight;
  const Tensor image = image_of(x, axes);
  const Convolution o = of_two_axes(conv);
  if (!bias.defined()) return result_of(grad_input(image, w, o, shape), x, axes);
  const Tensor sums = grad_input(wide(image), wide(w), o, shape);
  const Shape along = o.axes() == 2 ? Shape{1, -1, 1, 1} : Shape{1, -1, 1, 1, 1};
  return result_of((sums + wide(bias).reshape(along)).to(x.dtype()), x, axes);
}

}  // namespace ops

Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const ConvOptions1d& options) {
  if (const ops::Autocast cast{"conv1d"}) {
    return conv1d(cast(x), cast(weight), cast(bias), options);
  }
  return ops::convolve({"conv1d",
                        options.stride,
                        options.padding.size,
                        options.dilation,
                        options.groups,
                        {},
                        options.padding.same},
                       x, weight, bias);
}

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const ConvOptions& options) {
  if (const ops::Autocast cast{"conv2d"}) {
    return conv2d(cast(x), cast(weight), cast(bias), options);
  }
  return ops::convolve({"conv2d",
                        options.stride.array(),
                        options.padding.size.array(),
                        options.dilation.array(),
                        options.groups,
                        {},
                        options.padding.same},
                       x, weight, bias);
}

Tensor conv_transpose1d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const ConvTransposeOptions1d& options) {
  if (const ops::Autocast cast{"conv_transpose1d"}) {
    return conv_transpose1d(cast(x), cast(weight), cast(bias), options);
  }
  return ops::convolve_transposed({"conv_transpose1d", options.stride, options.padding,
                                   options.dilation, options.groups, options.output_padding},
                                  x, weight, bias);
}

Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const ConvTransposeOptions& options) {
  if (const ops::Autocast cast{"conv_transpose2d"}) {
    return conv_transpose2d(cast(x), cast(weight), cast(bias), options);
  }
  return ops::convolve_transposed(
      {"conv_transpose2d", options.stride.array(), options.padding.array(),
       options.dilation.array(), options.groups, options.output_padding.array()},
      x, weight, bias);
}

Tensor conv3d(const Tensor& x, const Tensor& weight, const Tensor& bias,
              const ConvOptions3d& options) {
  if (const ops::Autocast cast{"conv3d"}) {
    return conv3d(cast(x), cast(weight), cast(bias), options);
  }
  return ops::convolve({"conv3d",
                        options.stride.array(),
                        options.padding.size.array(),
                        options.dilation.array(),
                        options.groups,
                        {},
                        options.padding.same},
                       x, weight, bias);
}

Tensor conv_transpose3d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const ConvTransposeOptions3d& options) {
  if (const ops::Autocast cast{"conv_transpose3d"}) {
    return conv_transpose3d(cast(x), cast(weight), cast(bias), options);
  }
  return ops::convolve_transposed(
      {"conv_transpose3d", options.stride.array(), options.padding.array(),
       options.dilation.array(), options.groups, options.output_padding.array()},
      x, weight, bias);
}

}  // namespace ct
