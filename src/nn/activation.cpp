// Each layer is one call of the op of its name.
#include "customtensor/nn/activation.hpp"

namespace ct::nn {

Tensor ReLU::forward(const Tensor& x) { return relu(x); }
Tensor LeakyReLU::forward(const Tensor& x) { return leaky_relu(x, negative_slope_); }
Tensor GELU::forward(const Tensor& x) { return gelu(x, approximation_); }
Tensor SiLU::forward(const Tensor& x) { return silu(x); }
Tensor Sigmoid::forward(const Tensor& x) { return sigmoid(x); }
Tensor Tanh::forward(const Tensor& x) { return ct::tanh(x); }

}  // namespace ct::nn
