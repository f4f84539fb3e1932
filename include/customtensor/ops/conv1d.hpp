// 1-D convolution, NCL: the kernels of two axes, of which one has size 1.
#pragma once

#include "customtensor/ops/conv_padding.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

struct ConvOptions1d {
  int64_t stride = 1;
  ConvPadding<int64_t> padding = 0;  ///< or "same", "valid"
  int64_t dilation = 1;
  int64_t groups = 1;
};

/// Cross-correlation of sequences with filters: y[n, o, i] = bias[o] + sum over c and p of
/// x[n, c, i stride - padding + p dilation] weight[o, c, p]
///
/// Shapes:   x (n, c, l) or (c, l), weight (o, c / groups, k), bias (o) or undefined -> (n, o, m)
///           or (o, m), m = (l + 2 padding - dilation (k - 1) - 1) / stride + 1
/// Errors:   ShapeError for other ranks, channels or groups that do not divide, a kernel longer
///           than the padded sequence; ValueError for settings out of range
/// Gradient: of x, weight and bias, each only if wanted
/// Source:   torch.nn.functional.conv1d
CT_API Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias = Tensor(),
                     const ConvOptions1d& options = {});

}  // namespace ct
