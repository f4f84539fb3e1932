// Checks of the sizes and PyTorch's initial values; the work is ct::conv_transpose2d.
#include "customtensor/nn/conv/conv_transpose2d.hpp"

#include "customtensor/ops/conv_transpose.hpp"
#include "customtensor/ops/creation.hpp"
#include "nn/conv/channels.hpp"
#include "nn/init/default_init.hpp"

namespace ct::nn {

ConvTranspose2d::ConvTranspose2d(int64_t in_channels, int64_t out_channels, Pair kernel,
                                 const ConvTranspose2dOptions& options)
    : options_(options) {
  check_channels("ConvTranspose2d", in_channels, out_channels, kernel.array(), options.groups);
  weight = empty({in_channels, out_channels / options.groups, kernel.h, kernel.w});
  if (options.bias) bias = empty({out_channels});
  default_init(weight, bias);
}

void ConvTranspose2d::members(Members& m) {
  m("weight", weight);
  m("bias", bias);
}

Tensor ConvTranspose2d::forward(const Tensor& x) {
  return conv_transpose2d(x, weight, bias,
                          {.stride = options_.stride,
                           .padding = options_.padding,
                           .output_padding = options_.output_padding,
                           .groups = options_.groups,
                           .dilation = options_.dilation});
}

}  // namespace ct::nn
