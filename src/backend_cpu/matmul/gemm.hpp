// Matrix product of any strided operands: cutting it into blocks that fit the caches, packing,
// threads. The arithmetic is in simd/matmul/gemm_kernel.hpp.
//
// Every cut (pieces for threads, blocks of k, parts of a long k summed apart) follows from m, n and
// k alone, and an element's terms are added in one order: results do not depend on the threads.
#pragma once

#include <cstdint>

#include "backend_cpu/simd/matmul/gemm_kernel.hpp"

namespace ct::cpu {

/// C (m, n) = A (m, k) B (k, n) + row_bias (m) + column_bias (n); C has unit column stride.
template <class T>
struct Gemm {
  int64_t m = 0, n = 0, k = 0;
  const T* a = nullptr;
  int64_t a_row = 0, a_column = 0;
  const T* b = nullptr;
  int64_t b_row = 0, b_column = 0;
  T* c = nullptr;
  int64_t c_row = 0;
  const T* row_bias = nullptr;     ///< unit stride, or null
  const T* column_bias = nullptr;  ///< unit stride, or null
};

/// A part of C, rows [row, row_end) and columns [column, column_end), that has its final values.
struct GemmPart {
  int64_t row, row_end, column, column_end;
};

/// Called on the thread that finished a part, while it is in that thread's cache.
struct GemmDone {
  void (*call)(const void* context, const GemmPart& part) = nullptr;
  const void* context = nullptr;
  void operator()(const GemmPart& part) const {
    if (call != nullptr) call(context, part);
  }
};

/// Multiply-adds that are worth a thread of their own.
inline constexpr int64_t kPieceWork = int64_t{1} << 19;

/// Number of pieces that gemm() cuts the product into; 1: it runs on the calling thread.
template <class T>
int64_t gemm_pieces(int64_t m, int64_t n, int64_t k);

/// On all threads. `done` is called for disjoint parts that cover C.
template <class T>
void gemm(const Gemm<T>& g, const GemmDone& done = {});

/// On the calling thread, one piece.
template <class T>
void gemm_serial(const Gemm<T>& g);

/// Depth of a block of k: the B panel stays in half of the first-level cache.
template <class T>
int64_t gemm_block_depth(const GemmKernels<T>& kernels);

/// m == 1 with contiguous rows or columns of B: streams B at memory speed.
template <class T>
void gemm_vector(const Gemm<T>& g, const GemmDone& done);

}  // namespace ct::cpu
