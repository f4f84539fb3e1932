// The arithmetic of depthwise convolution on one patch (../conv_patch.hpp): a few taps, no
// reduction over channels, so vectors run along the columns and memory is the limit.
#pragma once

#include <cstdint>

namespace ct::cpu {

/// Grid place (i, j), tap t: patch[offsets[t] + i * patch_row + j].
template <class T>
struct DepthwisePatch {
  const T* patch = nullptr;  ///< readable for one vector past its end
  int64_t patch_row = 0;
  int64_t rows = 0, columns = 0;
  int64_t taps = 0;
  const int64_t* offsets = nullptr;
};

template <class T>
struct DepthwiseKernels {
  /// out (rows, columns) (+)= start + sum over t of weights[t] * patch[t].
  void (*weighted)(const DepthwisePatch<T>& w, const T* weights, T start, bool accumulate, T* out,
                   int64_t out_row);
  /// sums[t] += sum over the grid of grad * patch[t].
  void (*correlate)(const DepthwisePatch<T>& w, const T* grad, int64_t grad_row, T* sums);
};

template <class T>
const DepthwiseKernels<T>& depthwise_kernels();
template <>
const DepthwiseKernels<float>& depthwise_kernels<float>();
template <>
const DepthwiseKernels<double>& depthwise_kernels<double>();

}  // namespace ct::cpu
