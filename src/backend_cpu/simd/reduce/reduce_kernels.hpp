// The table of SIMD loops of reduce. Partial results lie in accumulators, which are wider than the
// compute type where that keeps precision: float32 sums and products accumulate in double.
#pragma once

#include <cstddef>
#include <cstdint>

#include "backend_cpu/simd/pointwise/pointwise_kernels.hpp"
#include "customtensor/backend.hpp"

namespace ct::cpu {

inline constexpr int kReduceOps = 4;

/// Folds a rows x columns tile of the compute type (columns contiguous) into accumulators: one a
/// row, or one a column. A vector beyond the last accumulator may be overwritten by columns.
using ReduceKernel = void (*)(const void* data, int64_t row_stride, int64_t rows, int64_t columns,
                              void* accumulators);

struct ReduceKernels {
  size_t accumulator_size = 0;
  ReduceKernel rows = nullptr;
  ReduceKernel columns = nullptr;
  void (*start)(void* accumulators, int64_t n) = nullptr;
  /// accumulators[i] = accumulators[i] op others[i]
  void (*combine)(void* accumulators, const void* others, int64_t n) = nullptr;
  /// out[i] = scale * accumulators[i], in the compute type
  void (*finish)(const void* accumulators, double scale, void* out, int64_t n) = nullptr;
};

/// Accumulators that a buffer needs beyond its last one.
inline constexpr int64_t kAccumulatorPadding = 16;

const ReduceKernels& reduce_kernels(int compute, ReduceOp op);

struct ReduceTable {
  ReduceKernels of[kComputeTypes][kReduceOps];
};
void fill_reduce_float(ReduceTable& table);
void fill_reduce_integer(ReduceTable& table);

}  // namespace ct::cpu
