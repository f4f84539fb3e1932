// One call of the op.
#include "customtensor/nn/resample/unfold.hpp"

namespace ct::nn {

Unfold::Unfold(Pair kernel_size, const UnfoldOptions& options)
    : kernel_size_(kernel_size), options_(options) {}
Unfold::Unfold(Pair kernel_size, Pair dilation, Pair padding, Pair stride)
    : Unfold(kernel_size, {.dilation = dilation, .padding = padding, .stride = stride}) {}
Tensor Unfold::forward(const Tensor& x) { return unfold(x, kernel_size_, options_); }

}  // namespace ct::nn
