// Conv1d: a layer of learned filters of sequences.
#pragma once

#include <concepts>
#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/conv_padding.hpp"
#include "customtensor/ops/shape.hpp"

namespace ct::nn {

struct Conv1dOptions {
  int64_t stride = 1;
  ConvPadding<int64_t> padding = 0;  ///< or "same", "valid"
  int64_t dilation = 1;
  int64_t groups = 1;
  bool bias = true;
  PadMode padding_mode = PadMode::constant;  ///< what the padding holds; constant: zeros
};

/// y[o] = b[o] + sum over c of w[o, c] ⋆ x[c], the cross-correlation of ct::conv1d.
///
/// Shapes: x (n, in, l) or (in, l) -> (n, out, m) or (out, m); weight (out, in / groups, k), bias
///         (out)
/// Init:   both uniform in ±1 / sqrt(in / groups * k), PyTorch's default
/// Errors: ValueError for sizes below 1, or groups that do not divide both channel counts
/// Source: torch.nn.Conv1d
class CT_API Conv1d : public Module {
 public:
  Conv1d(int64_t in_channels, int64_t out_channels, int64_t kernel,
         const Conv1dOptions& options = {});
  /// In PyTorch's order: Conv1d(1, 2, 3, 1, 1).
  template <std::integral T>
  Conv1d(int64_t in_channels, int64_t out_channels, int64_t kernel, T stride,
         ConvPadding<int64_t> padding = 0, int64_t dilation = 1, int64_t groups = 1,
         bool bias_wanted = true, PadMode padding_mode = PadMode::constant)
      : Conv1d(in_channels, out_channels, kernel,
               Conv1dOptions{ct::detail::to_int64(stride), padding, dilation, groups, bias_wanted,
                             padding_mode}) {}

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;

  const Conv1dOptions& options() const { return options_; }

  Tensor weight;
  Tensor bias;  ///< undefined if not wanted

 private:
  Conv1dOptions options_;
};

}  // namespace ct::nn
