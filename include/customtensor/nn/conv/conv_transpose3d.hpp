// ConvTranspose3d: a layer of learned filters that each element of x adds its multiple of.
#pragma once

#include <concepts>
#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/conv3d.hpp"

namespace ct::nn {

struct ConvTranspose3dOptions {
  Triple stride = 1;
  Triple padding = 0;
  Triple output_padding = 0;
  int64_t groups = 1;
  bool bias = true;
  Triple dilation = 1;
};

/// ct::conv_transpose3d of x with the layer's filters and bias.
///
/// Shapes: x (n, in, d, h, w) or (in, d, h, w); weight (in, out / groups, kd, kh, kw), bias
///         (out)
/// Init:   both uniform in ±1 / sqrt(out / groups * kd * kh * kw), PyTorch's default
/// Errors: ValueError for sizes below 1, or groups that do not divide both channel counts
/// Source: torch.nn.ConvTranspose3d
class CT_API ConvTranspose3d : public Module {
 public:
  ConvTranspose3d(int64_t in_channels, int64_t out_channels, Triple kernel,
                  const ConvTranspose3dOptions& options = {});
  /// In PyTorch's order: ConvTranspose3d(1, 2, 3, 2, 1).
  template <std::integral T>
  ConvTranspose3d(int64_t in_channels, int64_t out_channels, Triple kernel, T stride,
                  Triple padding = 0, Triple output_padding = 0, int64_t groups = 1,
                  bool bias_wanted = true, Triple dilation = 1)
      : ConvTranspose3d(in_channels, out_channels, kernel,
                        ConvTranspose3dOptions{stride, padding, output_padding, groups, bias_wanted,
                                               dilation}) {}

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;

  const ConvTranspose3dOptions& options() const { return options_; }

  Tensor weight;
  Tensor bias;  ///< undefined if not wanted

 private:
  ConvTranspose3dOptions options_;
};

}  // namespace ct::nn
