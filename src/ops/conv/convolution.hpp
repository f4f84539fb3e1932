// Convolutions and their transposes over one to three axes: every public op is one call, and is
// checked here. One axis is two of which the first has size 1: the kernels are the same, and so
// are the sums.
#pragma once

#include "customtensor/tensor.hpp"

namespace ct::ops {

/// What a convolution was asked for, a number an axis.
struct Convolution {
  const char* op;
  Dims stride, padding, dilation;
  int64_t groups;
  Dims output_padding = {};  ///< transposed only
  bool same = false;         ///< padding that keeps the image's size, in place of `padding`

  int axes() const { return stride.rank(); }
};

/// x (n, c, sizes…) or (c, sizes…), weight (o, c / groups, kernel…), bias (o) or undefined.
Tensor convolve(const Convolution& conv, const Tensor& x, const Tensor& weight, const Tensor& bias);
/// The same, transposed: weight (c, o / groups, kernel…).
Tensor convolve_transposed(const Convolution& conv, const Tensor& x, const Tensor& weight,
                           const Tensor& bias);

}  // namespace ct::ops
