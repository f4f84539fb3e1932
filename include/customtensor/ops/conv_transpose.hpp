// Transposed convolutions over one and two axes: the gradient of a convolution as to its input,
// with a bias.
#pragma once

#include "customtensor/ops/conv.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

struct ConvTransposeOptions1d {
  int64_t stride = 1;
  int64_t padding = 0;
  int64_t output_padding = 0;  ///< more places at the end; below stride or dilation
  int64_t groups = 1;
  int64_t dilation = 1;
};

struct ConvTransposeOptions {
  Pair stride = 1;
  Pair padding = 0;
  Pair output_padding = 0;  ///< more places at the end; below stride or dilation
  int64_t groups = 1;
  Pair dilation = 1;
};

/// Each element of x adds its multiple of the filters to the result: y[n, o, i stride - padding +
/// p dilation] += x[n, c, i] weight[c, o, p], over bias[o].
///
/// Shapes:   x (n, c, l) or (c, l), weight (c, o / groups, k), bias (o) or undefined -> (n, o, m)
///           or (o, m), m = (l - 1) stride - 2 padding + dilation (k - 1) + output_padding + 1
/// Errors:   ShapeError for other ranks, channels or groups that do not divide, a result without
///           elements; ValueError for settings out of range
/// Gradient: of x, weight and bias, each only if wanted
/// Source:   torch.nn.functional.conv_transpose1d
CT_API Tensor conv_transpose1d(const Tensor& x, const Tensor& weight, const Tensor& bias = Tensor(),
                               const ConvTransposeOptions1d& options = {});
/// The same over two axes: x (n, c, h, w) or (c, h, w), weight (c, o / groups, kh, kw).
/// Source: torch.nn.functional.conv_transpose2d
CT_API Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias = Tensor(),
                               const ConvTransposeOptions& options = {});

}  // namespace ct
