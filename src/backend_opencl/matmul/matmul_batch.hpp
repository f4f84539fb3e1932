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

/// Products of a matrix and few vectors, where packing would take longer than they do; false, and
/// nothing done, for others.
bool run_vector_product(Runtime& runtime, const MatmulArgs& args);

}  // namespace ct::opencl
