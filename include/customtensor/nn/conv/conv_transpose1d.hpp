// ConvTranspose1d: a layer of learned filters that each element of x adds its multiple of.
#pragma once

#include <concepts>
#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/conv.hpp"

namespace ct::nn {

struct ConvTranspose1dOptions {
  int64_t stride = 1;
  int64_t padding = 0;
  int64_t output_padding = 0;
  int64_t groups = 1;
  bool bias = true;
  int64_t dilation = 1;
};

/// ct::conv_transpose1d of x with the layer's filters and bias.
///
/// Shapes: x (n, in, l) or (in, l) -> (n, out, m) or (out, m); weight (in, out / groups, k), bias
/// (out) Init:   both uniform in ±1 / sqrt(out / groups * k), PyTorch's default Errors: ValueError
/// for sizes below 1, or groups that do not divide both channel counts Source:
/// torch.nn.ConvTranspose1d
class CT_API ConvTranspose1d : public Module {
 public:
  ConvTranspose1d(int64_t in_channels, int64_t out_channels, int64_t kernel,
                  const ConvTranspose1dOptions& options = {});
  /// In PyTorch's order: ConvTranspose1d(1, 2, 3, 2, 1).
  template <std::integral T>
  ConvTranspose1d(int64_t in_channels, int64_t out_channels, int64_t kernel, T stride,
                  int64_t padding = 0, int64_t output_padding = 0, int64_t groups = 1,
                  bool bias_wanted = true, int64_t dilation = 1)
      : ConvTranspose1d(in_channels, out_channels, kernel,
                        ConvTranspose1dOptions{ct::detail::to_int64(stride), padding,
                                               output_padding, groups, bias_wanted, dilation}) {}

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;

  const ConvTranspose1dOptions& options() const { return options_; }

  Tensor weight;
  Tensor bias;  ///< undefined if not wanted

 private:
  ConvTranspose1dOptions options_;
};

}  // namespace ct::nn
