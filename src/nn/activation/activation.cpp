// Each layer is one call of the op of its name.
#include "customtensor/nn/activation/celu.hpp"
#include "customtensor/nn/activation/elu.hpp"
#include "customtensor/nn/activation/gelu.hpp"
#include "customtensor/nn/activation/glu.hpp"
#include "customtensor/nn/activation/hardshrink.hpp"
#include "customtensor/nn/activation/hardsigmoid.hpp"
#include "customtensor/nn/activation/hardswish.hpp"
#include "customtensor/nn/activation/hardtanh.hpp"
#include "customtensor/nn/activation/leaky_relu.hpp"
#include "customtensor/nn/activation/log_softmax.hpp"
#include "customtensor/nn/activation/logsigmoid.hpp"
#include "customtensor/nn/activation/mish.hpp"
#include "customtensor/nn/activation/relu.hpp"
#include "customtensor/nn/activation/relu6.hpp"
#include "customtensor/nn/activation/selu.hpp"
#include "customtensor/nn/activation/sigmoid.hpp"
#include "customtensor/nn/activation/silu.hpp"
#include "customtensor/nn/activation/softmax.hpp"
#include "customtensor/nn/activation/softmin.hpp"
#include "customtensor/nn/activation/softplus.hpp"
#include "customtensor/nn/activation/softshrink.hpp"
#include "customtensor/nn/activation/softsign.hpp"
#include "customtensor/nn/activation/swiglu.hpp"
#include "customtensor/nn/activation/tanh.hpp"
#include "customtensor/nn/activation/tanhshrink.hpp"
#include "customtensor/nn/activation/threshold.hpp"

namespace ct::nn {

Tensor ReLU::forward(const Tensor& x) { return relu(x); }
Tensor ReLU6::forward(const Tensor& x) { return relu6(x); }
Tensor LeakyReLU::forward(const Tensor& x) { return leaky_relu(x, negative_slope_); }
Tensor ELU::forward(const Tensor& x) { return elu(x, alpha_); }
Tensor SELU::forward(const Tensor& x) { return selu(x); }
Tensor CELU::forward(const Tensor& x) { return celu(x, alpha_); }
Tensor GELU::forward(const Tensor& x) { return gelu(x, approximation_); }
Tensor SiLU::forward(const Tensor& x) { return silu(x); }
Tensor Mish::forward(const Tensor& x) { return mish(x); }
Tensor Sigmoid::forward(const Tensor& x) { return sigmoid(x); }
Tensor LogSigmoid::forward(const Tensor& x) { return logsigmoid(x); }
Tensor Tanh::forward(const Tensor& x) { return ct::tanh(x); }
Tensor Tanhshrink::forward(const Tensor& x) { return tanhshrink(x); }
Tensor Hardtanh::forward(const Tensor& x) { return hardtanh(x, min_val_, max_val_); }
Tensor Hardsigmoid::forward(const Tensor& x) { return hardsigmoid(x); }
Tensor Hardswish::forward(const Tensor& x) { return hardswish(x); }
Tensor Hardshrink::forward(const Tensor& x) { return hardshrink(x, lambda_); }
Tensor Softshrink::forward(const Tensor& x) { return softshrink(x, lambda_); }
Tensor Softplus::forward(const Tensor& x) { return softplus(x, beta_, threshold_); }
Tensor Softsign::forward(const Tensor& x) { return softsign(x); }
Tensor Threshold::forward(const Tensor& x) { return ct::threshold(x, threshold_, value_); }
Tensor GLU::forward(const Tensor& x) { return glu(x, axis_); }
Tensor SwiGLU::forward(const Tensor& x) { return swiglu(x, axis_); }
Tensor Softmax::forward(const Tensor& x) { return softmax(x, axis_); }
Tensor Softmin::forward(const Tensor& x) { return softmin(x, axis_); }
Tensor LogSoftmax::forward(const Tensor& x) { return log_softmax(x, axis_); }

}  // namespace ct::nn
