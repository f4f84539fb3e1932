// Pools of one to three axes: what was asked for, its checks, and the two kernels that all are made
// of. One axis is two of which the first has size 1. Over three the planes are pooled first and
// then the depth: the largest of the largest, the mean of the means.
#pragma once

#include "customtensor/ops/pool_indices.hpp"
#include "customtensor/tensor.hpp"

namespace ct::ops {

struct PoolWindow {
  Dims kernel = {}, stride = {};  ///< a number an axis; a stride of 0 is the kernel's size
  Dims padding = {}, dilation = {};
  bool ceil_mode = false;
  bool count_include_pad = true;
  int64_t divisor = 0;

  int axes() const { return kernel.rank(); }
};

/// x with an axis for samples, and whether it had none. Errors: ShapeError for other ranks
Tensor with_samples(const char* op, const Tensor& x, int axes, bool& single);

/// Places undefined unless `places`. Errors: as max_pool2d
PooledMax max_pool(const char* op, const Tensor& x, const PoolWindow& window, bool places);
Tensor average_pool(const char* op, const Tensor& x, const PoolWindow& window);

/// The largest of each run of `length` along an axis of values (n, c, …), whose places, if they are
/// defined, are carried along.
PooledMax largest_of_runs(const PooledMax& from, int axis, int64_t length);

}  // namespace ct::ops
