// Convolution layers whose number of input channels comes with the first input.
#pragma once

#include <concepts>
#include <cstdint>

#include "customtensor/nn/container/lazy_module.hpp"
#include "customtensor/nn/conv.hpp"

namespace ct::nn {

namespace detail {
/// The members of a convolution, whose weight's axis says how many channels there are.
template <class Member>
std::vector<Member> conv_members(int axis, int64_t times, bool bias) {
  std::vector<Member> all = {{.name = "weight", .axis = axis, .times = times}};
  if (bias) all.push_back({.name = "bias"});
  return all;
}
}  // namespace detail

/// Conv1d(in, out_channels, …), in = the channels of the first x.
/// Errors: as Conv1d; ShapeError for an x without that axis. Source: torch.nn.LazyConv1d
class CT_API LazyConv1d : public LazyLayer<Conv1d> {
 public:
  LazyConv1d(int64_t out_channels, int64_t kernel, const Conv1dOptions& options = {})
      : LazyLayer("LazyConv1d", 1, detail::conv_members<Member>(1, options.groups, options.bias),
                  [=](int64_t in) { return Conv1d(in, out_channels, kernel, options); }) {}
  /// In PyTorch's order.
  template <std::integral T>
  LazyConv1d(int64_t out_channels, int64_t kernel, T stride, ConvPadding<int64_t> padding = 0,
             int64_t dilation = 1, int64_t groups = 1, bool bias_wanted = true,
             PadMode padding_mode = PadMode::constant)
      : LazyConv1d(out_channels, kernel,
                   Conv1dOptions{ct::detail::to_int64(stride), padding, dilation, groups,
                                 bias_wanted, padding_mode}) {}
};
/// ConvTranspose1d(in, out_channels, …), in = the channels of the first x.
/// Errors: as ConvTranspose1d; ShapeError for an x without that axis. Source:
/// torch.nn.LazyConvTranspose1d
class CT_API LazyConvTranspose1d : public LazyLayer<ConvTranspose1d> {
 public:
  LazyConvTranspose1d(int64_t out_channels, int64_t kernel,
                      const ConvTranspose1dOptions& options = {})
      : LazyLayer("LazyConvTranspose1d", 1, detail::conv_members<Member>(0, 1, options.bias),
                  [=](int64_t in) { return ConvTranspose1d(in, out_channels, kernel, options); }) {}
  /// In PyTorch's order.
  template <std::integral T>
  LazyConvTranspose1d(int64_t out_channels, int64_t kernel, T stride, int64_t padding = 0,
                      int64_t output_padding = 0, int64_t groups = 1, bool bias_wanted = true,
                      int64_t dilation = 1)
      : LazyConvTranspose1d(out_channels, kernel,
                            ConvTranspose1dOptions{ct::detail::to_int64(stride), padding,
                                                   output_padding, groups, bias_wanted, dilation}) {
  }
};
/// Conv2d(in, out_channels, …), in = the channels of the first x.
/// Errors: as Conv2d; ShapeError for an x without that axis. Source: torch.nn.LazyConv2d
class CT_API LazyConv2d : public LazyLayer<Conv2d> {
 public:
  LazyConv2d(int64_t out_channels, Pair kernel, const Conv2dOptions& options = {})
      : LazyLayer("LazyConv2d", 2, detail::conv_members<Member>(1, options.groups, options.bias),
                  [=](int64_t in) { return Conv2d(in, out_channels, kernel, options); }) {}
  /// In PyTorch's order.
  template <std::integral T>
  LazyConv2d(int64_t out_channels, Pair kernel, T stride, ConvPadding<Pair> padding = 0,
             Pair dilation = 1, int64_t groups = 1, bool bias_wanted = true,
             PadMode padding_mode = PadMode::constant)
      : LazyConv2d(out_channels, kernel,
                   Conv2dOptions{stride, padding, dilation, groups, bias_wanted, padding_mode}) {}
};
/// ConvTranspose2d(in, out_channels, …), in = the channels of the first x.
/// Errors: as ConvTranspose2d; ShapeError for an x without that axis. Source:
/// torch.nn.LazyConvTranspose2d
class CT_API LazyConvTranspose2d : public LazyLayer<ConvTranspose2d> {
 public:
  LazyConvTranspose2d(int64_t out_channels, Pair kernel, const ConvTranspose2dOptions& options = {})
      : LazyLayer("LazyConvTranspose2d", 2, detail::conv_members<Member>(0, 1, options.bias),
                  [=](int64_t in) { return ConvTranspose2d(in, out_channels, kernel, options); }) {}
  /// In PyTorch's order.
  template <std::integral T>
  LazyConvTranspose2d(int64_t out_channels, Pair kernel, T stride, Pair padding = 0,
                      Pair output_padding = 0, int64_t groups = 1, bool bias_wanted = true,
                      Pair dilation = 1)
      : LazyConvTranspose2d(out_channels, kernel,
                            ConvTranspose2dOptions{stride, padding, output_padding, groups,
                                                   bias_wanted, dilation}) {}
};
/// Conv3d(in, out_channels, …), in = the channels of the first x.
/// Errors: as Conv3d; ShapeError for an x without that axis. Source: torch.nn.LazyConv3d
class CT_API LazyConv3d : public LazyLayer<Conv3d> {
 public:
  LazyConv3d(int64_t out_channels, Triple kernel, const Conv3dOptions& options = {})
      : LazyLayer("LazyConv3d", 3, detail::conv_members<Member>(1, options.groups, options.bias),
                  [=](int64_t in) { return Conv3d(in, out_channels, kernel, options); }) {}
  /// In PyTorch's order.
  template <std::integral T>
  LazyConv3d(int64_t out_channels, Triple kernel, T stride, ConvPadding<Triple> padding = 0,
             Triple dilation = 1, int64_t groups = 1, bool bias_wanted = true,
             PadMode padding_mode = PadMode::constant)
      : LazyConv3d(out_channels, kernel,
                   Conv3dOptions{stride, padding, dilation, groups, bias_wanted, padding_mode}) {}
};
/// ConvTranspose3d(in, out_channels, …), in = the channels of the first x.
/// Errors: as ConvTranspose3d; ShapeError for an x without that axis. Source:
/// torch.nn.LazyConvTranspose3d
class CT_API LazyConvTranspose3d : public LazyLayer<ConvTranspose3d> {
 public:
  LazyConvTranspose3d(int64_t out_channels, Triple kernel,
                      const ConvTranspose3dOptions& options = {})
      : LazyLayer("LazyConvTranspose3d", 3, detail::conv_members<Member>(0, 1, options.bias),
                  [=](int64_t in) { return ConvTranspose3d(in, out_channels, kernel, options); }) {}
  /// In PyTorch's order.
  template <std::integral T>
  LazyConvTranspose3d(int64_t out_channels, Triple kernel, T stride, Triple padding = 0,
                      Triple output_padding = 0, int64_t groups = 1, bool bias_wanted = true,
                      Triple dilation = 1)
      : LazyConvTranspose3d(out_channels, kernel,
                            ConvTranspose3dOptions{stride, padding, output_padding, groups,
                                                   bias_wanted, dilation}) {}
};

}  // namespace ct::nn
