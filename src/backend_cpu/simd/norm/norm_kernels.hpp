// Normalisation on slabs: `planes` dense runs of `inner` elements, `stride` apart. A channel of a
// batch is a slab, a row is a slab of one plane.
#pragma once

#include <cstdint>

namespace ct::cpu {

template <class T>
struct Slab {
  const T* x;
  const T* grad_y;  ///< backward only
  T* out;           ///< y or grad_x
  int64_t planes, stride, inner;
};

/// count values with their mean and the sum of their squared distances from it.
struct Moments {
  double count = 0, mean = 0, m2 = 0;
};

/// Adds what another part of the data has.
inline void merge(Moments& a, const Moments& b) {
  if (b.count == 0) return;
  const double count = a.count + b.count;
  const double delta = b.mean - a.mean;
  a.mean += delta * (b.count / count);
  a.m2 += b.m2 + delta * delta * (a.count * b.count / count);
  a.count = count;
}

struct GradSums {
  double g = 0;   ///< sum of grad_y
  double gx = 0;  ///< sum of grad_y * (x - mean)
};

template <class T>
struct NormKernels {
  Moments (*moments)(const Slab<T>& slab);
  /// out = (x - mean) * scale + bias
  void (*apply)(const Slab<T>& slab, T mean, T scale, T bias);
  GradSums (*grad_sums)(const Slab<T>& slab, T mean);
  /// out = grad_y * a + (x - mean) * b + c
  void (*apply_backward)(const Slab<T>& slab, T mean, T a, T b, T c);

  // Rows of d with an affine map per column; weight and bias may be null. `shift` is what rounding
  // the mean to T took from it, times -rstd.
  /// y = ((x - mean) * rstd + shift) * weight + bias
  void (*row_apply)(const T* x, T* y, int64_t d, T mean, T rstd, T shift, const T* weight,
                    const T* bias);
  /// The sums with grad_y * weight in grad_y's place.
  GradSums (*row_grad_sums)(const T* grad_y, const T* x, const T* weight, int64_t d, T mean);
  /// grad_x = grad_y * weight * a + (x - mean) * b + c
  void (*row_apply_backward)(const T* grad_y, const T* x, const T* weight, T* grad_x, int64_t d,
                             T mean, T a, T b, T c);
  /// grad_weight += grad_y * ((x - mean) * rstd + shift), grad_bias += grad_y; each may be null.
  void (*row_affine_grads)(const T* grad_y, const T* x, int64_t d, T mean, T rstd, T shift,
                           T* grad_weight, T* grad_bias);
};

/// For T float and double, of the best instruction set here.
template <class T>
const NormKernels<T>& norm_kernels();

}  // namespace ct::cpu
