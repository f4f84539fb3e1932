// What the programs of products share: the leading axes of their operands, and their dtype.
#pragma once

#include <cstdint>
#include <string>

#include "customtensor/backend.hpp"

namespace ct::opencl {

class Runtime;

// As in kernels/matmul/batch.cl.
constexpr int kMaxBatchRank = 6;
struct Batch {
  int64_t size[kMaxBatchRank], a[kMaxBatchRank], b[kMaxBatchRank], c[kMaxBatchRank];
  int32_t rank, count;
};

inline void add_axis(Batch& batch, int64_t size, int64_t a, int64_t b, int64_t c) {
  batch.count *= static_cast<int32_t>(size);
  if (size == 1) return;
  batch.size[batch.rank] = size;
  batch.a[batch.rank] = a;
  batch.b[batch.rank] = b;
  batch.c[batch.rank++] = c;
}

inline Batch batch_of(const MatmulArgs& args) {
  Batch batch{};
  batch.count = 1;
  for (int axis = 0; axis < args.out.shape.rank() - 2; ++axis) {
    add_axis(batch, args.out.shape[axis], args.a.strides[axis], args.b.strides[axis],
             args.out.strides[axis]);
  }
  return batch;
}

/// The -D options that name a program's storage type and its conversions.
std::string storage_options(DType dtype);

/// A product as one of a matrix and vectors, which are the operand that has fewer of them: a's rows
/// or b's columns.
struct VectorSide {
  bool a_is_vector;
  int64_t vectors;
  int64_t row_step, k_step;  // of the matrix
};
inline VectorSide vector_side(const MatmulArgs& args) {
  const int row = args.out.shape.rank() - 2, column = row + 1;
  if (args.out.shape[row] <= args.out.shape[column]) {
    return {true, args.out.shape[row], args.b.strides[column], args.b.strides[row]};
  }
  return {false, args.out.shape[column], args.a.strides[row], args.a.strides[column]};
}

/// Reads the matrix where it lies, by rows or by columns.
void run_vector_product(Runtime& runtime, const MatmulArgs& args, bool by_columns);

}  // namespace ct::opencl
