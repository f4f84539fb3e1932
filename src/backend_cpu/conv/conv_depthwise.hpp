// Depthwise convolution (each group has one input channel): bound by memory, done directly, plane
// by plane. All tensors dense.
#pragma once

#include "backend_cpu/conv/conv_gemm.hpp"

namespace ct::cpu {

/// Whether the direct kernels are the better way: one input channel and few output channels a
/// group.
inline bool conv_is_depthwise(const ConvSizes& s) {
  return s.group_c() == 1 && s.groups > 1 && s.group_o() <= 4;
}

template <class T>
void conv_forward_depthwise(const ConvSizes& sizes, const T* x, const T* w, const T* bias, T* y,
                            const ConvDone& done);
template <class T>
void conv_grad_input_depthwise(const ConvSizes& sizes, const T* grad_y, const T* w, T* grad_x);
template <class T>
void conv_grad_weight_depthwise(const ConvSizes& sizes, const T* x, const T* grad_y, T* grad_w);

}  // namespace ct::cpu
