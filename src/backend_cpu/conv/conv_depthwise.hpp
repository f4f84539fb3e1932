// Depthwise convolution (each group has one input channel), plane by plane. All tensors dense.
#pragma once

#include "backend_cpu/conv/conv_gemm.hpp"

namespace ct::cpu {

template <class T>
void conv_forward_depthwise(const ConvSizes& sizes, const T* x, const T* w, const T* bias, T* y,
                            const ConvDone& done);
template <class T>
void conv_grad_input_depthwise(const ConvSizes& sizes, const T* grad_y, const T* w, T* grad_x);
template <class T>
void conv_grad_weight_depthwise(const ConvSizes& sizes, const T* x, const T* grad_y, T* grad_w);

}  // namespace ct::cpu
