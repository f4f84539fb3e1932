// Conv2d, a layer of learned image filters, and the convolution layers of other kinds.
#pragma once

#include <concepts>
#include <cstdint>

#include "customtensor/nn/conv/conv1d.hpp"
#include "customtensor/nn/conv/conv3d.hpp"
#include "customtensor/nn/conv/conv_transpose1d.hpp"
#include "customtensor/nn/conv/conv_transpose2d.hpp"
#include "customtensor/nn/conv/conv_transpose3d.hpp"
#include "customtensor/nn/module.hpp"
#include "customtensor/ops/conv.hpp"
#include "customtensor/ops/shape.hpp"

namespace ct::nn {

struct Conv2dOptions {
  Pair stride = 1;
  ConvPadding<Pair> padding = 0;  ///< or "same", "valid"
  Pair dilation = 1;
  int64_t groups = 1;
  bool bias = true;
  PadMode padding_mode = PadMode::constant;  ///< what the padding holds; constant: zeros
};

/// y[o] = b[o] + sum over c of w[o, c] ⋆ x[c], the cross-correlation of ct::conv2d.
///
/// Shapes: x (n, in, h, w) -> (n, out, oh, ow); weight (out, in / groups, kh, kw), bias (out)
/// Init:   both uniform in ±1 / sqrt(in / groups * kh * kw), PyTorch's default
/// Errors: ValueError for sizes below 1, or groups that do not divide both channel counts
class CT_API Conv2d : public Module {
 public:
  Conv2d(int64_t in_channels, int64_t out_channels, Pair kernel, const Conv2dOptions& options = {});
  /// In PyTorch's order: Conv2d(1, 2, 3, 1, 1).
  template <std::integral T>
  Conv2d(int64_t in_channels, int64_t out_channels, Pair kernel, T stride,
         ConvPadding<Pair> padding = 0, Pair dilation = 1, int64_t groups = 1,
         bool bias_wanted = true, PadMode padding_mode = PadMode::constant)
      : Conv2d(in_channels, out_channels, kernel,
               Conv2dOptions{stride, padding, dilation, groups, bias_wanted, padding_mode}) {}

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;

  const Conv2dOptions& options() const { return options_; }

  Tensor weight;
  Tensor bias;  ///< undefined if not wanted

 private:
  Conv2dOptions options_;
};

}  // namespace ct::nn
