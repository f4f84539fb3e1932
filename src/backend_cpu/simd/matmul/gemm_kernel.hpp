// The arithmetic under matmul and convolution: what runs on one block of a matrix that fits the
// caches, for the instruction set that was chosen at run time. How matrices are cut into such
// blocks is in ../gemm.cpp and ../conv_gemm.cpp.
//
// Packed operands: A in panels of `mr` rows, element (i, p) of a panel at p * mr + i; B in panels
// of `nr` columns, element (p, j) at p * nr + j.
#pragma once

#include <cstdint>

namespace ct::cpu {

/// C (m, n) = A (m, k) B (k, n), or += with `accumulate`; C has unit column stride.
template <class T>
struct GemmBlock {
  int64_t m = 0, n = 0, k = 0;
  const T* a = nullptr;
  bool a_packed = true;
  int64_t a_row = 0, a_column = 0;  ///< strides of an A that is not packed
  int64_t a_panel = 0;              ///< elements from one panel of mr rows to the next
  const T* b = nullptr;
  int64_t b_row = 0;    ///< nr, or the row stride of a B that is not packed
  int64_t b_panel = 0;  ///< elements from one panel of nr columns to the next
  T* c = nullptr;
  int64_t c_row = 0;
  bool c_padded = false;  ///< C's rows have room up to a multiple of nr
  bool accumulate = false;
  const T* row_bias = nullptr;     ///< (m), added unless `accumulate`
  const T* column_bias = nullptr;  ///< (n), likewise
};

/// C (rows, n) += X (rows, k) B (k, n), where X is never stored: row i, term (r, j) of it is
/// source[row_offsets[i] + run_offsets[r] + j], 0 <= j < run_length, k = runs * run_length.
template <class T>
struct CorrelateBlock {
  int64_t rows = 0, n = 0;
  const T* source = nullptr;
  const int64_t* row_offsets = nullptr;
  int64_t runs = 0, run_length = 0;
  const int64_t* run_offsets = nullptr;
  const T* b = nullptr;  ///< packed
  T* c = nullptr;        ///< rows padded to a multiple of nr
  int64_t c_row = 0;
  bool accumulate = false;
};

/// C (m, places) of few rows, where B is not packed but read from a patch: term p of a place is
/// source[offsets[p] + place]. Places come as vectors of up to `lanes` neighbours.
struct PlaceVector {
  int64_t source, target, count;  ///< first place, its element in a row of C, how many are written
};
template <class T>
struct FewRowsBlock {
  int64_t m = 0, k = 0;
  const T* a = nullptr;  ///< packed in panels of mr rows, `a_panel` apart
  int64_t a_panel = 0;
  const T* source = nullptr;  ///< readable for a vector past its end
  const int64_t* offsets = nullptr;
  const PlaceVector* vectors = nullptr;
  int64_t vector_count = 0;
  T* c = nullptr;
  int64_t c_row = 0;
  bool accumulate = false;
  const T* row_bias = nullptr;  ///< (m), added unless `accumulate`
};

/// Consecutive elements of a row of a gathered B panel.
struct GatherRun {
  int64_t source, target, length;
};

template <class T>
struct GemmKernels {
  int mr, nr;  ///< the register tile
  int lanes;

  void (*block)(const GemmBlock<T>& block);
  void (*correlate)(const CorrelateBlock<T>& block);
  void (*few_rows)(const FewRowsBlock<T>& block);

  /// target[p * width + i] = source[i * stride + p * k_stride] for i < count; 0 for the others up
  /// to `width` (mr or nr).
  void (*pack)(T* target, int64_t width, const T* source, int64_t count, int64_t stride, int64_t k,
               int64_t k_stride);
  /// As many panels of width nr as `count` columns take, of a B with contiguous rows.
  void (*pack_rows)(T* target, const T* source, int64_t count, int64_t k, int64_t k_stride);
  /// A panel of B from pieces of rows: target[p * nr + run.target + j] = source[offsets[p] +
  /// run.source + j]. Unless `exact`, up to `lanes - 1` elements may be read behind a run and
  /// written behind its place (runs are in ascending order, so that these are overwritten).
  void (*gather)(T* target, const T* source, int64_t k, const int64_t* offsets,
                 const GatherRun* runs, int64_t run_count, bool exact);
  /// target[j * target_row + i] = source[i * source_row + j] for i < rows, j < columns.
  void (*transpose)(T* target, int64_t target_row, const T* source, int64_t source_row,
                    int64_t rows, int64_t columns);

  /// y (n) (+)= x (k) B (k, n), rows of B contiguous.
  void (*vector_rows)(T* y, const T* x, const T* b, int64_t b_row, int64_t k, int64_t n,
                      bool accumulate);
  /// y (n) (+)= x (k) B (k, n), columns of B contiguous.
  void (*vector_columns)(T* y, const T* x, const T* b, int64_t b_column, int64_t k, int64_t n,
                         bool accumulate);
};

/// The kernels of the instruction set in use.
template <class T>
const GemmKernels<T>& gemm_kernels();
template <>
const GemmKernels<float>& gemm_kernels<float>();
template <>
const GemmKernels<double>& gemm_kernels<double>();

}  // namespace ct::cpu
