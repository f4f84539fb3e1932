// The two loops of a resampled plane: along rows elements are picked and weighted, across rows
// whole rows are added up.
#pragma once

#include <cstdint>

#include "customtensor/export.hpp"

namespace ct::cpu {

template <class T>
struct ResampleKernels {
  /// y[o] = sum over k < taps of weight[k * n + o] * x[index[k * n + o]], for o < n. A negative
  /// index adds nothing; weight may be null: ones.
  void (*gather)(const T* x, const int32_t* index, const T* weight, int64_t taps, int64_t n, T* y);
  /// y[i] = sum over k < taps of weights[k] * rows[k][i], for i < n; taps >= 1.
  void (*combine)(const T* const* rows, const T* weights, int64_t taps, int64_t n, T* y);
};

template <class T>
const ResampleKernels<T>& resample_kernels();
template <>
CT_API const ResampleKernels<float>& resample_kernels<float>();
template <>
CT_API const ResampleKernels<double>& resample_kernels<double>();

}  // namespace ct::cpu
