// Pooling along one axis, to a given size, and of powers.
#pragma once

#include <cstdint>

#include "customtensor/ops/conv.hpp"
#include "customtensor/ops/resample.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

struct Pool1dOptions {
  int64_t stride = 0;  ///< 0: the kernel's size
  int64_t padding = 0;
  int64_t dilation = 1;  ///< max_pool1d only
  bool ceil_mode = false;
  bool count_include_pad = true;  ///< avg_pool1d only
};
/// max_pool2d and avg_pool2d along one axis: the same kernels, on a height of 1.
/// Shapes: x (n, c, l) or (c, l). Errors: ShapeError, ValueError as there
/// Source: torch.nn.functional.max_pool1d, avg_pool1d
CT_API Tensor max_pool1d(const Tensor& x, int64_t kernel, const Pool1dOptions& options = {});
CT_API Tensor avg_pool1d(const Tensor& x, int64_t kernel, const Pool1dOptions& options = {});

/// Means of as many windows as `size` says, as even as can be: element i is that of places
/// floor(i l / size) to ceil((i + 1) l / size). 0: as many as there are.
/// Shapes: x (n, c, l), (n, c, h, w), (n, c, d, h, w), or without n
/// Errors: ShapeError for other ranks; ValueError for a negative size
/// Source: torch.nn.functional.adaptive_avg_pool1d, 2d, 3d
CT_API Tensor adaptive_avg_pool1d(const Tensor& x, int64_t size);
CT_API Tensor adaptive_avg_pool2d(const Tensor& x, Pair size);
CT_API Tensor adaptive_avg_pool3d(const Tensor& x, const Dims& size);

/// The root of order p of the sum of x^p in each window.
/// Shapes: x (n, c, l), (n, c, h, w), or without n. stride 0: the kernel's size
/// Errors: as avg_pool2d; ValueError if p is 0
/// Source: torch.nn.functional.lp_pool1d, lp_pool2d
CT_API Tensor lp_pool1d(const Tensor& x, double p, int64_t kernel, int64_t stride = 0,
                        bool ceil_mode = false);
CT_API Tensor lp_pool2d(const Tensor& x, double p, Pair kernel, Pair stride = 0,
                        bool ceil_mode = false);

}  // namespace ct
