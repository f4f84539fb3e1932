// Pooling over three axes, NCDHW: over the planes first, then over the depth, which is the same.
#pragma once

#include "customtensor/ops/conv3d.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

struct PoolOptions3d {
  Triple stride = 0;  ///< 0: the kernel's size
  Triple padding = 0;
  Triple dilation = 1;  ///< max_pool3d only
  bool ceil_mode = false;
  bool count_include_pad = true;  ///< avg_pool3d only
  int64_t divisor_override = 0;   ///< avg_pool3d only: what the sums are divided by; 0: the count
};

/// Largest value of each window, a NaN if there is one; the gradient goes to the first of equals.
/// Shapes: x (n, c, d, h, w) or (c, d, h, w)
/// Errors: as max_pool2d
/// Source: torch.nn.functional.max_pool3d
CT_API Tensor max_pool3d(const Tensor& x, Triple kernel, const PoolOptions3d& options = {});
/// Mean of each window. Source: torch.nn.functional.avg_pool3d
CT_API Tensor avg_pool3d(const Tensor& x, Triple kernel, const PoolOptions3d& options = {});
/// The root of order p of the sum of x^p in each window.
/// Errors: as avg_pool3d; ValueError if p is 0. Source: torch.nn.functional.lp_pool3d
CT_API Tensor lp_pool3d(const Tensor& x, double p, Triple kernel, Triple stride = 0,
                        bool ceil_mode = false);

}  // namespace ct
