// Between strided views and Eigen's matrices, and the loop over a batch. Each matrix of a batch is
// one piece of work: results do not depend on the number of threads. The kernels stand in
// linalg_lu.cpp (square systems), linalg_orthogonal.cpp (QR, least squares) and
// linalg_svd.cpp and linalg_eigen.cpp.
#pragma once

#include "backend_cpu/linalg/eigen.hpp"
#include "backend_cpu/runtime/parallel.hpp"
#include "customtensor/backend.hpp"

namespace ct::cpu::linalg {

template <class T>
T* data_of(const TensorView& v) {
  return static_cast<T*>(v.buffer) + v.offset;
}

/// Matrix number `i` of a view (batch, rows, columns), in place.
template <class T>
auto matrix_at(const TensorView& v, int64_t i) {
  using Strides = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
  return Eigen::Map<Matrix<T>, Eigen::Unaligned, Strides>(data_of<T>(v) + i * v.strides[0],
                                                          v.shape[1], v.shape[2],
                                                          Strides(v.strides[2], v.strides[1]));
}
/// Vector number `i` of a view (batch, n), in place.
template <class T>
auto vector_at(const TensorView& v, int64_t i) {
  using Strides = Eigen::InnerStride<>;
  return Eigen::Map<Vector<T>, Eigen::Unaligned, Strides>(data_of<T>(v) + i * v.strides[0],
                                                          v.shape[1], Strides(v.strides[1]));
}
/// Number `i` of a view (batch).
template <class T>
T& number_at(const TensorView& v, int64_t i) {
  return data_of<T>(v)[i * v.strides[0]];
}

inline void report(const LinalgArgs& args, int64_t i, int64_t info) {
  if (args.info) number_at<int32_t>(args.info, i) = static_cast<int32_t>(info);
}

/// Calls fn(i) for each matrix; some 100,000 operations are worth a thread.
template <class F>
void for_each_matrix(const LinalgArgs& args, F&& fn) {
  const int64_t side = std::max<int64_t>({1, args.a.shape[1], args.a.shape[2]});
  const int64_t grain = std::max<int64_t>(1, 100'000 / (side * side * side));
  parallel_ranges(args.a.shape[0], grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) fn(i);
  });
}

// One function a kernel; T is float or double.
template <class T>
void solve(const LinalgArgs& args);
template <class T>
void determinant(const LinalgArgs& args);
template <class T>
void cofactor(const LinalgArgs& args);
template <class T>
void cholesky(const LinalgArgs& args);
template <class T>
void triangular(const LinalgArgs& args);
template <class T>
void qr(const LinalgArgs& args);
template <class T>
void least_squares(const LinalgArgs& args);
template <class T>
void svd(const LinalgArgs& args);
template <class T>
void eigh(const LinalgArgs& args);

}  // namespace ct::cpu::linalg
