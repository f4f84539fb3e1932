// Checks of the sizes and PyTorch's initial values; the work is ct::conv2d.
#include "customtensor/nn/conv.hpp"
#include "customtensor/ops/creation.hpp"
#include "nn/conv/channels.hpp"
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
  return conv2d(x, weight, bias,
                {.stride = options_.stride,
                 .padding = options_.padding,
                 .dilation = options_.dilation,
                 .groups = options_.groups});
}

}  // namespace ct::nn
