// Singular values, and cofactors, which come from them.
#include <Eigen/LU>
#include <limits>

#include "backend_cpu/linalg/linalg_matrix.hpp"

namespace ct::cpu::linalg {

template <class T>
void svd(const LinalgArgs& args) {
  const bool vectors = static_cast<bool>(args.out[0]);
  for_each_matrix(args, [&](int64_t i) {
    const Matrix<double> a = matrix_at<T>(args.a, i).template cast<double>();
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
    const auto made = singular_values(a, !vectors ? Vectors::none
                                         : full   ? Vectors::full
                                                  : Vectors::thin);
    s = made.s.template cast<T>();
    if (!vectors) return;
    matrix_at<T>(args.out[0], i) = made.u.template cast<T>();
    matrix_at<T>(args.out[2], i) = made.v.transpose().template cast<T>();
  });
}

/// With a = u s vᵀ: det(u) det(v) u diag(products of the other singular values) vᵀ.
template <class T>
void cofactor(const LinalgArgs& args) {
  for_each_matrix(args, [&](int64_t i) {
    const Matrix<double> a = matrix_at<T>(args.a, i).template cast<double>();
    auto out = matrix_at<T>(args.out[0], i);
    if (a.size() == 0) return;
    if (!a.allFinite()) {
      out.setConstant(std::numeric_limits<T>::quiet_NaN());
      return;
    }
    const auto [u, v, s] = singular_values(a, Vectors::full);
    const int64_t n = s.size();
    Vector<double> others(n);
    double before = 1;
    for (int64_t k = 0; k < n; before *= s(k++)) others(k) = before;
    double after = 1;
    for (int64_t k = n; k-- > 0; after *= s(k)) others(k) *= after;
    // u and v turn, and may mirror: det(u vᵀ) is 1 or -1.
    const Matrix<double> turn = u * v.transpose();
    const double sign = Eigen::PartialPivLU<Matrix<double>>(turn).determinant() < 0 ? -1.0 : 1.0;
    const Matrix<double> result = sign * u * others.asDiagonal() * v.transpose();
    out = result.template cast<T>();
  });
}

template void svd<float>(const LinalgArgs&);
template void svd<double>(const LinalgArgs&);
template void cofactor<float>(const LinalgArgs&);
template void cofactor<double>(const LinalgArgs&);

}  // namespace ct::cpu::linalg
