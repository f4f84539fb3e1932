// The SIMD loops of arg_reduce, for one compute type each.
#pragma once

#include <cstdint>

#include "backend_cpu/simd/pointwise/pointwise_kernels.hpp"

namespace ct::cpu {

struct ArgReduceKernels {
  /// The first best of n > 0 contiguous elements, if it is better than *best, or if `start` is set.
  /// Returns its place and updates *best, else returns -1. A NaN is better than any number, and
  /// never replaced.
  int64_t (*chunk)(const void* data, int64_t n, bool start, void* best);
  /// For each row r and column c in turn: if the element is better than best[c], takes it and sets
  /// index[c] to place + r. Indices have the width of the compute type.
  void (*columns)(const void* data, int64_t row_stride, int64_t rows, int64_t columns,
                  int64_t place, void* best, void* index);
};

const ArgReduceKernels& arg_reduce_kernels(int compute, bool largest);

struct ArgReduceTable {
  ArgReduceKernels of[kComputeTypes][2];  ///< [largest]
};
void fill_arg_reduce(ArgReduceTable& table);

}  // namespace ct::cpu
