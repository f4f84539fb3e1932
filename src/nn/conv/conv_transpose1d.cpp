// Checks of the sizes and PyTorch's initial values; the work is ct::conv_transpose1d.
#include "customtensor/nn/conv/conv_transpose1d.hpp"

#include "customtensor/ops/conv_transpose.hpp"
#include "customtensor/ops/creation.hpp"
#include "nn/conv/channels.hpp"
#include "nn/init/default_init.hpp"

namespace ct::nn {

ConvTranspose1d::ConvTranspose1d(int64_t in_channels, int64_t out_channels, int64_t kernel,
                                 const ConvTranspose1dOptions& options)
    : options_(options) {
  check_channels("ConvTranspose1d", in_channels, out_channels, {kernel}, options.groups);
  weight = empty({in_channels, out_channels / options.groups, kernel});
  if (options.bias) bias = empty({out_channels});
  default_init(weight, bias);
}

void ConvTranspose1d::members(Members& m) {
  m("weight", weight);
  m("bias", bias);
}

Tensor ConvTranspose1d::forward(const Tensor& x) {
  return conv_transpose1d(x, weight, bias,
                          {.stride = options_.stride,
                           .padding = options_.padding,
                           .output_padding = options_.output_padding,
                           .groups = options_.groups,
                           .dilation = options_.dilation});
}

}  // namespace ct::nn
