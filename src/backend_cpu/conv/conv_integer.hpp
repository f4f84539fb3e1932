// Convolutions of integers: plain loops over dense tensors. They exist so that every dtype works,
// not to be fast.
#pragma once

#include "backend_cpu/conv/conv_gemm.hpp"

namespace ct::cpu {

// T: int32_t or int64_t; sums wrap. Bias may be null.
template <class T>
void conv_forward_integer(const ConvSizes& sizes, const T* x, const T* w, const T* bias, T* y);
template <class T>
void conv_grad_input_integer(const ConvSizes& sizes, const T* grad_y, const T* w, T* grad_x);
template <class T>
void conv_grad_weight_integer(const ConvSizes& sizes, const T* x, const T* grad_y, T* grad_w);

}  // namespace ct::cpu
