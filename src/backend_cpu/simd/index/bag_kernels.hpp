// The loop of a bag of embeddings: rows of a table, picked and added up in registers.
#pragma once

#include <cstdint>

#include "customtensor/export.hpp"

namespace ct::cpu {

template <class T>
struct BagKernels {
  /// out[c] = factor * sum over i < count of scale[i] * table[rows[i] * d + c], for c < d, in the
  /// order of i; scale may be null: ones.
  void (*add)(const T* table, const int64_t* rows, const T* scale, int64_t count, int64_t d,
              T factor, T* out);
};

template <class T>
const BagKernels<T>& bag_kernels();
template <>
CT_API const BagKernels<float>& bag_kernels<float>();
template <>
CT_API const BagKernels<double>& bag_kernels<double>();

}  // namespace ct::cpu
