// Checks of the sizes and PyTorch's initial values; the work is ct::conv2d.
#include "customtensor/nn/conv.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"
#include "nn/init/default_init.hpp"

namespace ct::nn {

Conv2d::Conv2d(int64_t in_channels, int64_t out_channels, Pair kernel, const Conv2dOptions& options)
    : options_(options) {
  if (in_channels < 1 || out_channels < 1 || kernel.h < 1 || kernel.w < 1) {
    throw ValueError(fmt::format("Conv2d: sizes must be at least 1: in {}, out {}, kernel {} x {}",
                                 in_channels, out_channels, kernel.h, kernel.w));
  }
  const int64_t groups = options.groups;
  if (groups < 1 || in_channels % groups != 0 || out_channels % groups != 0) {
    throw ValueError(
        fmt::format("Conv2d: groups must divide both channel counts: groups {}, in {}, "
                    "out {}",
                    groups, in_channels, out_channels));
  }
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
