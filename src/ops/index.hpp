// gather's counterpart, which derivatives need.
#pragma once

#include "core/tensor_impl.hpp"

namespace ct::ops {

/// Zeros of `shape` plus src[i][j] at [i][index[i][j]] along `axis`. Differentiable: its gradient
/// gathers.
Tensor scatter_add(const Tensor& src, int axis, const Tensor& index, const Shape& shape);

}  // namespace ct::ops
