// Each layer is one call of the op of its name.
#include "customtensor/nn/pool.hpp"

namespace ct::nn {

MaxPool2d::MaxPool2d(Pair kernel, const PoolOptions& options)
    : kernel_(kernel), options_(options) {}
Tensor MaxPool2d::forward(const Tensor& x) { return max_pool2d(x, kernel_, options_); }
PooledMax MaxPool2d::forward_with_indices(const Tensor& x) const {
  return max_pool2d_with_indices(x, kernel_, options_);
}

AvgPool2d::AvgPool2d(Pair kernel, const PoolOptions& options)
    : kernel_(kernel), options_(options) {}
Tensor AvgPool2d::forward(const Tensor& x) { return avg_pool2d(x, kernel_, options_); }

}  // namespace ct::nn
