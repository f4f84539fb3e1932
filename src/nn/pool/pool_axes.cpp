// Each layer is one call of the op of its name.
#include "customtensor/nn/pool/adaptive_avg_pool1d.hpp"
#include "customtensor/nn/pool/adaptive_avg_pool2d.hpp"
#include "customtensor/nn/pool/adaptive_avg_pool3d.hpp"
#include "customtensor/nn/pool/adaptive_max_pool1d.hpp"
#include "customtensor/nn/pool/adaptive_max_pool2d.hpp"
#include "customtensor/nn/pool/adaptive_max_pool3d.hpp"
#include "customtensor/nn/pool/avg_pool1d.hpp"
#include "customtensor/nn/pool/avg_pool3d.hpp"
#include "customtensor/nn/pool/fractional_max_pool2d.hpp"
#include "customtensor/nn/pool/fractional_max_pool3d.hpp"
#include "customtensor/nn/pool/lp_pool1d.hpp"
#include "customtensor/nn/pool/lp_pool2d.hpp"
#include "customtensor/nn/pool/lp_pool3d.hpp"
#include "customtensor/nn/pool/max_pool1d.hpp"
#include "customtensor/nn/pool/max_pool3d.hpp"
#include "customtensor/nn/pool/max_unpool1d.hpp"
#include "customtensor/nn/pool/max_unpool2d.hpp"
#include "customtensor/nn/pool/max_unpool3d.hpp"

namespace ct::nn {

Tensor MaxPool1d::forward(const Tensor& x) { return max_pool1d(x, kernel_, options_); }
Tensor AvgPool1d::forward(const Tensor& x) { return avg_pool1d(x, kernel_, options_); }
Tensor AdaptiveAvgPool1d::forward(const Tensor& x) { return adaptive_avg_pool1d(x, size_); }
Tensor AdaptiveAvgPool2d::forward(const Tensor& x) { return adaptive_avg_pool2d(x, size_); }
Tensor AdaptiveAvgPool3d::forward(const Tensor& x) { return adaptive_avg_pool3d(x, size_); }
Tensor LPPool1d::forward(const Tensor& x) { return lp_pool1d(x, p_, kernel_, stride_, ceil_mode_); }
Tensor LPPool2d::forward(const Tensor& x) { return lp_pool2d(x, p_, kernel_, stride_, ceil_mode_); }

Tensor MaxPool3d::forward(const Tensor& x) { return max_pool3d(x, kernel_, options_); }
PooledMax MaxPool3d::forward_with_indices(const Tensor& x) const {
  return max_pool3d_with_indices(x, kernel_, options_);
}
Tensor AvgPool3d::forward(const Tensor& x) { return avg_pool3d(x, kernel_, options_); }
Tensor LPPool3d::forward(const Tensor& x) { return lp_pool3d(x, p_, kernel_, stride_, ceil_mode_); }
Tensor AdaptiveMaxPool1d::forward(const Tensor& x) { return adaptive_max_pool1d(x, size_); }
PooledMax AdaptiveMaxPool1d::forward_with_indices(const Tensor& x) const {
  return adaptive_max_pool1d_with_indices(x, size_);
}
Tensor MaxUnpool1d::forward(const Tensor& x, const Tensor& indices,
                            std::span<const int64_t> output_size) const {
  return max_unpool1d(x, indices, kernel_, stride_, padding_, output_size);
}
Tensor AdaptiveMaxPool2d::forward(const Tensor& x) { return adaptive_max_pool2d(x, size_); }
PooledMax AdaptiveMaxPool2d::forward_with_indices(const Tensor& x) const {
  return adaptive_max_pool2d_with_indices(x, size_);
}
Tensor MaxUnpool2d::forward(const Tensor& x, const Tensor& indices,
                            std::span<const int64_t> output_size) const {
  return max_unpool2d(x, indices, kernel_, stride_, padding_, output_size);
}
Tensor AdaptiveMaxPool3d::forward(const Tensor& x) { return adaptive_max_pool3d(x, size_); }
PooledMax AdaptiveMaxPool3d::forward_with_indices(const Tensor& x) const {
  return adaptive_max_pool3d_with_indices(x, size_);
}
Tensor MaxUnpool3d::forward(const Tensor& x, const Tensor& indices,
                            std::span<const int64_t> output_size) const {
  return max_unpool3d(x, indices, kernel_, stride_, padding_, output_size);
}
Tensor FractionalMaxPool2d::forward(const Tensor& x) {
  return fractional_max_pool2d(x, kernel_, options_);
}
PooledMax FractionalMaxPool2d::forward_with_indices(const Tensor& x) const {
  return fractional_max_pool2d_with_indices(x, kernel_, options_);
}
Tensor FractionalMaxPool3d::forward(const Tensor& x) {
  return fractional_max_pool3d(x, kernel_, options_);
}
PooledMax FractionalMaxPool3d::forward_with_indices(const Tensor& x) const {
  return fractional_max_pool3d_with_indices(x, kernel_, options_);
}
PooledMax MaxPool1d::forward_with_indices(const Tensor& x) const {
  return max_pool1d_with_indices(x, kernel_, options_);
}

}  // namespace ct::nn
