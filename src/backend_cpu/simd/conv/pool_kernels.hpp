// 2-D pooling of one plane. Everything is dense.
#pragma once

#include <cstdint>

namespace ct::cpu {

/// One axis of the windows: output o covers the positions o * stride - padding + k * dilation.
struct PoolAxis {
  int64_t in = 0, out = 0;
  int64_t kernel = 1, stride = 1, padding = 0, dilation = 1;

  /// 2 positions for each output, none shared and all of them inside.
  bool halves() const {
    return kernel == 2 && stride == 2 && padding == 0 && dilation == 1 && 2 * out <= in;
  }
  bool whole() const { return out == 1 && kernel == in && padding == 0 && dilation == 1; }
  int64_t start(int64_t o) const { return o * stride - padding; }
};

struct PoolPlane {
  PoolAxis h, w;
  bool halves() const { return h.halves() && w.halves(); }
  bool whole() const { return h.whole() && w.whole(); }
};

template <class T>
struct MaxPoolKernels {
  /// Rows [begin, end) of y. indices may be null.
  void (*forward)(const PoolPlane& plane, const T* x, T* y, int32_t* indices, int64_t begin,
                  int64_t end);
  void (*backward)(const PoolPlane& plane, const T* grad_y, const int32_t* indices, T* grad_x);
};

/// counts_h, counts_w: the divisor of (i, j) is counts_h[i] * counts_w[j].
template <class T>
struct AveragePoolKernels {
  void (*forward)(const PoolPlane& plane, const T* counts_h, const T* counts_w, const T* x, T* y,
                  int64_t begin, int64_t end);
  void (*backward)(const PoolPlane& plane, const T* counts_h, const T* counts_w, const T* grad_y,
                   T* grad_x);
};

/// For T float, double, int32_t, int64_t, uint64_t and uint8_t.
template <class T>
const MaxPoolKernels<T>& max_pool_kernels();
/// For T float and double.
template <class T>
const AveragePoolKernels<T>& average_pool_kernels();

}  // namespace ct::cpu
