// Checks of the sizes and PyTorch's initial values; the work is ct::conv1d, behind ct::pad where
// the padding is not zeros.
#include "customtensor/nn/conv/conv1d.hpp"

#include "customtensor/ops/conv1d.hpp"
#include "customtensor/ops/creation.hpp"
#include "nn/conv/channels.hpp"
#include "nn/conv/padded.hpp"
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
  const bool zeros = options_.padding_mode == PadMode::constant;
  const Tensor image =
      zeros ? x
            : padded(x, Dims{options_.padding.size}, options_.padding.same, {weight.size(2)},
                     Dims{options_.dilation}, options_.padding_mode);
  return conv1d(image, weight, bias,
                {.stride = options_.stride,
                 .padding = zeros ? options_.padding : 0,
                 .dilation = options_.dilation,
                 .groups = options_.groups});
}

}  // namespace ct::nn
