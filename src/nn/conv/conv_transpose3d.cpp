// Checks of the sizes and PyTorch's initial values; the work is ct::conv_transpose3d.
#include "customtensor/nn/conv/conv_transpose3d.hpp"

#include "customtensor/ops/conv3d.hpp"
#include "customtensor/ops/creation.hpp"
#include "nn/conv/channels.hpp"
#include "nn/init/default_init.hpp"

namespace ct::nn {

ConvTranspose3d::ConvTranspose3d(int64_t in_channels, int64_t out_channels, Triple kernel,
                                 const ConvTranspose3dOptions& options)
    : options_(options) {
  check_channels("ConvTranspose3d", in_channels, out_channels, kernel.array(), options.groups);
  weight = empty({in_channels, out_channels / options.groups, kernel.d, kernel.h, kernel.w});
  if (options.bias) bias = empty({out_channels});
  default_init(weight, bias);
}

void ConvTranspose3d::members(Members& m) {
  m("weight", weight);
  m("bias", bias);
}

Tensor ConvTranspose3d::forward(const Tensor& x) {
  return conv_transpose3d(x, weight, bias,
                          {.stride = options_.stride,
                           .padding = options_.padding,
                           .output_padding = options_.output_padding,
                           .groups = options_.groups,
                           .dilation = options_.dilation});
}

}  // namespace ct::nn
