// Both layers give views.
#include "customtensor/nn/shape/flatten.hpp"

namespace ct::nn {

Tensor Flatten::forward(const Tensor& x) { return x.flatten(start_, end_); }
Tensor Identity::forward(const Tensor& x) { return x; }

}  // namespace ct::nn
