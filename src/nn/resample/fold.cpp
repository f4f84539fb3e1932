// One call of the op.
#include "customtensor/nn/resample/fold.hpp"

namespace ct::nn {

Fold::Fold(Pair output_size, Pair kernel_size, const UnfoldOptions& options)
    : output_size_(output_size), kernel_size_(kernel_size), options_(options) {}
Fold::Fold(Pair output_size, Pair kernel_size, Pair dilation, Pair padding, Pair stride)
    : Fold(output_size, kernel_size, {.dilation = dilation, .padding = padding, .stride = stride}) {
}
Tensor Fold::forward(const Tensor& x) { return fold(x, output_size_, kernel_size_, options_); }

}  // namespace ct::nn
