// Checks of the sizes and PyTorch's initial values; the work is ct::conv1d, behind ct::pad where
// the padding is not zeros.
#include "customtensor/nn/conv/conv1d.hpp"

#include "customtensor/ops/conv1d.hpp"
#include "customtensor/ops/creation.hpp"
#include "nn/conv/channels.hpp"
#include "nn/init/default_init.hpp"

namespace ct::nn {

Conv1d::Conv1d(int64_t in_channels, int64_t out_channels, int64_t kernel,
               const Conv1dOptions& options)
    : options_(options) {
  check_channels("Conv1d", in_channels, out_channels, {kernel}, options.groups);
  weight = empty({out_channels, in_channels / options.groups, kernel});
  if (options.bias) bias = empty({out_channels});
  default_init(weight, bias);
}

void Conv1d::members(Members& m) {
  m("weight", weight);
  m("bias", bias);
}

Tensor Conv1d::forward(const Tensor& x) {
  const int64_t p = options_.padding;
  const bool zeros = options_.padding_mode == PadMode::constant;
  return conv1d(zeros ? x : pad(x, {p, p}, options_.padding_mode), weight, bias,
                {.stride = options_.stride,
                 .padding = zeros ? p : 0,
                 .dilation = options_.dilation,
                 .groups = options_.groups});
}

}  // namespace ct::nn
