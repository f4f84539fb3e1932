// Checks of the sizes and PyTorch's initial values; the work is ct::conv2d, behind ct::pad where
// the padding is not zeros.
#include "customtensor/nn/conv.hpp"
#include "customtensor/ops/creation.hpp"
#include "nn/conv/channels.hpp"
#include "nn/conv/padded.hpp"
#include "nn/init/default_init.hpp"

namespace ct::nn {

Conv2d::Conv2d(int64_t in_channels, int64_t out_channels, Pair kernel, const Conv2dOptions& options)
    : options_(options) {
  const int64_t groups = options.groups;
  check_channels("Conv2d", in_channels, out_channels, kernel.array(), groups);
  weight = empty({out_channels, in_channels / groups, kernel.h, kernel.w});
  if (options.bias) bias = empty({out_channels});
  default_init(weight, bias);
}

void Conv2d::members(Members& m) {
  m("weight", weight);
  m("bias", bias);
}

Tensor Conv2d::forward(const Tensor& x) {
  const bool zeros = options_.padding_mode == PadMode::constant;
  const Tensor image = zeros ? x
                             : padded(x, options_.padding.size.array(), options_.padding.same,
                                      {weight.size(2), weight.size(3)}, options_.dilation.array(),
                                      options_.padding_mode);
  return conv2d(image, weight, bias,
                {.stride = options_.stride,
                 .padding = zeros ? options_.padding : 0,
                 .dilation = options_.dilation,
                 .groups = options_.groups});
}

}  // namespace ct::nn
