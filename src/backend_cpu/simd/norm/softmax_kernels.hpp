// Softmax and cross-entropy on dense rows (the axis is the last one) and columns (it is not).
#pragma once

#include <cstdint>

namespace ct::cpu {

/// Columns that one call of a column kernel takes at most.
inline constexpr int64_t kSoftmaxColumns = 256;

/// Rows of logits and what belongs to each; the vectors have strides, 0 for one value for all.
template <class T>
struct CrossEntropyRows {
  const T* logits;
  const int64_t* targets;
  int64_t target_stride;
  T* lse;  ///< written by the forward, read by the backward
  int64_t lse_stride;
  T* losses;  ///< forward: written; backward: the gradients of the losses
  int64_t loss_stride;
  T* grad_logits;  ///< backward only
  int64_t classes, ignore_index;
};

template <class T>
struct SoftmaxKernels {
  /// y = (log_)softmax of each of `rows` rows of n.
  void (*forward_rows)(const T* x, T* y, int64_t rows, int64_t n, bool log);
  void (*backward_rows)(const T* y, const T* grad_y, T* grad_x, int64_t rows, int64_t n, bool log);
  /// Down `columns` <= kSoftmaxColumns columns, whose elements are `stride` apart.
  void (*forward_columns)(const T* x, T* y, int64_t n, int64_t stride, int64_t columns, bool log);
  void (*backward_columns)(const T* y, const T* grad_y, T* grad_x, int64_t n, int64_t stride,
                           int64_t columns, bool log);
  void (*cross_entropy)(const CrossEntropyRows<T>& rows, int64_t begin, int64_t end);
  void (*cross_entropy_backward)(const CrossEntropyRows<T>& rows, int64_t begin, int64_t end);
};

/// For T float and double, of the best instruction set here.
template <class T>
const SoftmaxKernels<T>& softmax_kernels();

}  // namespace ct::cpu
