// Each layer is one call of the op of its name.
#include "customtensor/nn/pool/adaptive_avg_pool1d.hpp"
#include "customtensor/nn/pool/adaptive_avg_pool2d.hpp"
#include "customtensor/nn/pool/adaptive_avg_pool3d.hpp"
#include "customtensor/nn/pool/avg_pool1d.hpp"
#include "customtensor/nn/pool/lp_pool1d.hpp"
#include "customtensor/nn/pool/lp_pool2d.hpp"
#include "customtensor/nn/pool/max_pool1d.hpp"

namespace ct::nn {

Tensor MaxPool1d::forward(const Tensor& x) { return max_pool1d(x, kernel_, options_); }
Tensor AvgPool1d::forward(const Tensor& x) { return avg_pool1d(x, kernel_, options_); }
Tensor AdaptiveAvgPool1d::forward(const Tensor& x) { return adaptive_avg_pool1d(x, size_); }
Tensor AdaptiveAvgPool2d::forward(const Tensor& x) { return adaptive_avg_pool2d(x, size_); }
Tensor AdaptiveAvgPool3d::forward(const Tensor& x) { return adaptive_avg_pool3d(x, size_); }
Tensor LPPool1d::forward(const Tensor& x) { return lp_pool1d(x, p_, kernel_, stride_, ceil_mode_); }
Tensor LPPool2d::forward(const Tensor& x) { return lp_pool2d(x, p_, kernel_, stride_, ceil_mode_); }

}  // namespace ct::nn
