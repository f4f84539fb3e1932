// Singular values, and cofactors, which come from them.
#include <Eigen/LU>
#include <Eigen/SVD>
#include <limits>

#include "backend_cpu/linalg/linalg_matrix.hpp"

namespace ct::cpu::linalg {

namespace {

enum class Vectors { none, thin, full };

template <class T>
struct Decomposition {
  Matrix<T> u, v;
  Vector<T> s;
};

/// Divide and conquer; of small matrices Eigen makes it by Jacobi's rotations. Eigen's templates
/// are large: this is their only use.
template <class T>
Decomposition<T> decompose(const Matrix<T>& a, Vectors vectors) {
  const unsigned options = vectors == Vectors::none   ? 0U
                           : vectors == Vectors::thin ? Eigen::ComputeThinU | Eigen::ComputeThinV
                                                      : Eigen::ComputeFullU | Eigen::ComputeFullV;
  const Eigen::BDCSVD<Matrix<T>> made(a, options);
  Decomposition<T> result;
  result.s = made.singularValues();
  if (vectors != Vectors::none) {
    result.u = made.matrixU();
    result.v = made.matrixV();
  }
  return result;
}

}  // namespace

template <class T>
void svd(const LinalgArgs& args) {
  const bool vectors = static_cast<bool>(args.out[0]);
  for_each_matrix(args, [&](int64_t i) {
    const Matrix<T> a = matrix_at<T>(args.a, i);
    auto s = vector_at<T>(args.out[1], i);
    report(args, i, a.allFinite() ? 0 : 1);
    if (a.size() == 0 || !a.allFinite()) {
      s.setConstant(std::numeric_limits<T>::quiet_NaN());
      if (!vectors) return;
      matrix_at<T>(args.out[0], i).setIdentity();
      matrix_at<T>(args.out[2], i).setIdentity();
      return;
    }
    const bool full = vectors && args.out[0].shape[2] == args.a.shape[1] &&
                      args.out[2].shape[1] == args.a.shape[2];
    const auto made = decompose<T>(a, !vectors ? Vectors::none
                                      : full   ? Vectors::full
                                               : Vectors::thin);
    s = made.s;
    if (!vectors) return;
    matrix_at<T>(args.out[0], i) = made.u;
    matrix_at<T>(args.out[2], i) = made.v.transpose();
  });
}

/// With a = u s vᵀ: det(u) det(v) u diag(products of the other singular values) vᵀ.
template <class T>
void cofactor(const LinalgArgs& args) {
  for_each_matrix(args, [&](int64_t i) {
    const Matrix<T> a = matrix_at<T>(args.a, i);
    auto out = matrix_at<T>(args.out[0], i);
    if (a.size() == 0) return;
    if (!a.allFinite()) {
      out.setConstant(std::numeric_limits<T>::quiet_NaN());
      return;
    }
    const auto [u, v, s] = decompose<T>(a, Vectors::full);
    const int64_t n = s.size();
    Vector<T> others(n);
    T before = 1;
    for (int64_t k = 0; k < n; before *= s(k++)) others(k) = before;
    T after = 1;
    for (int64_t k = n; k-- > 0; after *= s(k)) others(k) *= after;
    // u and v turn, and may mirror: det(u vᵀ) is 1 or -1.
    const Matrix<T> turn = u * v.transpose();
    const T sign = Eigen::PartialPivLU<Matrix<T>>(turn).determinant() < T(0) ? T(-1) : T(1);
    out = sign * u * others.asDiagonal() * v.transpose();
  });
}

template void svd<float>(const LinalgArgs&);
template void svd<double>(const LinalgArgs&);
template void cofactor<float>(const LinalgArgs&);
template void cofactor<double>(const LinalgArgs&);

}  // namespace ct::cpu::linalg
