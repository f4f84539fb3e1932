// 2-D convolution and pooling, NCHW.
#pragma once

#include <array>
#include <concepts>

#include "customtensor/ops/conv_padding.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

/// A value for both image axes, or one for each: {.padding = 1}, {.stride = {2, 1}}.
struct Pair {
  int64_t h = 1, w = 1;
  Pair() = default;
  template <std::integral T>
  Pair(T both) : h(detail::to_int64(both)), w(h) {}  // NOLINT: {.padding = 1}
  Pair(int64_t h_, int64_t w_) : h(h_), w(w_) {}
  std::array<int64_t, 2> array() const { return {h, w}; }
  friend bool operator==(const Pair&, const Pair&) = default;
};

struct ConvOptions {
  Pair stride = 1;
  ConvPadding<Pair> padding = 0;  ///< or "same", "valid"
  Pair dilation = 1;
  int64_t groups = 1;
};

/// Cross-correlation of images with filters.
///
/// Shapes:   x (n, c, h, w) or (c, h, w), weight (o, c / groups, kh, kw), bias (o) or undefined ->
///           (n, o, oh, ow) or (o, oh, ow),
///           oh = (h + 2 padding - dilation (kh - 1) - 1) / stride + 1
/// Errors:   ShapeError for other ranks, channels or groups that do not divide, a kernel larger
///           than the padded image; ValueError for settings out of range, and for "same" with a
///           stride above 1
/// Gradient: of x, weight and bias, each only if wanted
/// Source:   torch.nn.functional.conv2d
CT_API Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias = Tensor(),
                     const ConvOptions& options = {});

struct PoolOptions {
  Pair stride = 0;  ///< 0: the kernel's size
  Pair padding = 0;
  Pair dilation = 1;  ///< max_pool2d only
  bool ceil_mode = false;
  bool count_include_pad = true;  ///< avg_pool2d only
  int64_t divisor_override = 0;   ///< avg_pool2d only: what the sums are divided by; 0: the count
};

/// Largest value of each window, a NaN if there is one; the gradient goes to the first of equals.
/// Shapes: x (n, c, h, w) or (c, h, w) -> (n, c, oh, ow) or (c, oh, ow)
/// Errors: ShapeError for other ranks; ValueError for a window that does not fit
/// Source: torch.nn.functional.max_pool2d, avg_pool2d
CT_API Tensor max_pool2d(const Tensor& x, Pair kernel, const PoolOptions& options = {});
/// Mean of each window.
CT_API Tensor avg_pool2d(const Tensor& x, Pair kernel, const PoolOptions& options = {});
/// Mean over the whole plane: (n, c, h, w) -> (n, c, 1, 1).
CT_API Tensor global_avg_pool2d(const Tensor& x);

}  // namespace ct
