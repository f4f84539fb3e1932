// Conv3d: a layer of learned filters of volumes.
#pragma once

#include <concepts>
#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/conv3d.hpp"
#include "customtensor/ops/shape.hpp"

namespace ct::nn {

struct Conv3dOptions {
  Triple stride = 1;
  ConvPadding<Triple> padding = 0;  ///< or "same", "valid"
  Triple dilation = 1;
  int64_t groups = 1;
  bool bias = true;
  PadMode padding_mode = PadMode::constant;  ///< what the padding holds; constant: zeros
};

/// y[o] = b[o] + sum over c of w[o, c] ⋆ x[c], the cross-correlation of ct::conv3d.
///
/// Shapes: x (n, in, d, h, w) or (in, d, h, w) -> (n, out, od, oh, ow) or (out, od, oh, ow); weight
///         (out, in / groups, kd, kh, kw), bias (out)
/// Init:   both uniform in ±1 / sqrt(in / groups * kd * kh * kw), PyTorch's default
/// Errors: ValueError for sizes below 1, or groups that do not divide both channel counts
/// Source: torch.nn.Conv3d
class CT_API Conv3d : public Module {
 public:
  Conv3d(int64_t in_channels, int64_t out_channels, Triple kernel,
         const Conv3dOptions& options = {});
  /// In PyTorch's order: Conv3d(1, 2, 3, 1, 1).
  template <std::integral T>
  Conv3d(int64_t in_channels, int64_t out_channels, Triple kernel, T stride,
         ConvPadding<Triple> padding = 0, Triple dilation = 1, int64_t groups = 1,
         bool bias_wanted = true, PadMode padding_mode = PadMode::constant)
      : Conv3d(in_channels, out_channels, kernel,
               Conv3dOptions{stride, padding, dilation, groups, bias_wanted, padding_mode}) {}

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;

  const Conv3dOptions& options() const { return options_; }

  Tensor weight;
  Tensor bias;  ///< undefined if not wanted

 private:
  Conv3dOptions options_;
};

}  // namespace ct::nn
