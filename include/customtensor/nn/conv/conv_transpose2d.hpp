// ConvTranspose2d: a layer of learned filters that each element of x adds its multiple of.
#pragma once

#include <concepts>
#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/conv.hpp"

namespace ct::nn {

struct ConvTranspose2dOptions {
  Pair stride = 1;
  Pair padding = 0;
  Pair output_padding = 0;
  int64_t groups = 1;
  bool bias = true;
  Pair dilation = 1;
};

/// ct::conv_transpose2d of x with the layer's filters and bias.
///
/// Shapes: x (n, in, h, w) or (in, h, w); weight (in, out / groups, kh, kw), bias (out)
/// Init:   both uniform in ±1 / sqrt(out / groups * kh * kw), PyTorch's default
/// Errors: ValueError for sizes below 1, or groups that do not divide both channel counts
/// Source: torch.nn.ConvTranspose2d
class CT_API ConvTranspose2d : public Module {
 public:
  ConvTranspose2d(int64_t in_channels, int64_t out_channels, Pair kernel,
                  const ConvTranspose2dOptions& options = {});
  /// In PyTorch's order: ConvTranspose2d(1, 2, 3, 2, 1).
  template <std::integral T>
  ConvTranspose2d(int64_t in_channels, int64_t out_channels, Pair kernel, T stride,
                  Pair padding = 0, Pair output_padding = 0, int64_t groups = 1,
                  bool bias_wanted = true, Pair dilation = 1)
      : ConvTranspose2d(in_channels, out_channels, kernel,
                        ConvTranspose2dOptions{stride, padding, output_padding, groups, bias_wanted,
                                               dilation}) {}

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;

  const ConvTranspose2dOptions& options() const { return options_; }

  Tensor weight;
  Tensor bias;  ///< undefined if not wanted

 private:
  ConvTranspose2dOptions options_;
};

}  // namespace ct::nn
