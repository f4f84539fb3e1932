// A view.
#include "customtensor/nn/shape/unflatten.hpp"

namespace ct::nn {

Tensor Unflatten::forward(const Tensor& x) { return x.unflatten(axis_, sizes_); }

}  // namespace ct::nn
