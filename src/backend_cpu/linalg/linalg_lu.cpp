// Square matrices: LU with row exchanges, Cholesky, triangular systems.
#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <cmath>
#include <limits>

#include "backend_cpu/linalg/linalg_matrix.hpp"

namespace ct::cpu::linalg {

namespace {

/// 1-based place of the first pivot that is exactly 0, as LAPACK reports it; 0 if there is none.
template <class T>
int64_t zero_pivot(const Matrix<T>& lu) {
  for (int64_t k = 0; k < lu.rows(); ++k) {
    if (lu(k, k) == T(0)) return k + 1;
  }
  return 0;
}

/// LU of a matrix with rows exchanged. Eigen's own skips the pivot of a column of NaN, so that a
/// NaN could go unseen: such a matrix gets NaN all over.
template <class T>
Eigen::PartialPivLU<Matrix<T>> lu_of(const Matrix<T>& a) {
  if (a.allFinite()) return Eigen::PartialPivLU<Matrix<T>>(a);
  return Eigen::PartialPivLU<Matrix<T>>(
      Matrix<T>::Constant(a.rows(), a.cols(), std::numeric_limits<T>::quiet_NaN()));
}

/// Order of the first leading minor that is not positive; `a` is changed.
template <class T>
int64_t bad_minor(Matrix<T> a) {
  for (int64_t k = 0; k < a.rows(); ++k) {
    const T pivot = a(k, k) - a.row(k).head(k).squaredNorm();
    if (!(pivot > T(0))) return k + 1;
    a(k, k) = std::sqrt(pivot);
    for (int64_t r = k + 1; r < a.rows(); ++r) {
      a(r, k) = (a(r, k) - a.row(r).head(k).dot(a.row(k).head(k))) / a(k, k);
    }
  }
  return a.rows();  // by a hair: rounding differs between the two ways
}

}  // namespace

template <class T>
void solve(const LinalgArgs& args) {
  for_each_matrix(args, [&](int64_t i) {
    auto out = matrix_at<T>(args.out[0], i);
    if (out.size() == 0) return report(args, i, 0);
    const Matrix<T> a = matrix_at<T>(args.a, i);
    const auto lu = lu_of<T>(a);
    const int64_t bad = zero_pivot<T>(lu.matrixLU());
    report(args, i, bad);
    if (bad != 0) {
      out.setConstant(std::numeric_limits<T>::quiet_NaN());
    } else if (args.b) {
      const Matrix<T> b = matrix_at<T>(args.b, i);
      out = lu.solve(b);
    } else {
      out = lu.inverse();
    }
  });
}

template <class T>
void determinant(const LinalgArgs& args) {
  for_each_matrix(args, [&](int64_t i) {
    T det = 1;
    T sign = 1;
    T logarithm = 0;
    const Matrix<T> a = matrix_at<T>(args.a, i);
    if (a.size() != 0) {
      const auto lu = lu_of<T>(a);
      sign = static_cast<T>(lu.permutationP().determinant());
      det = sign;
      for (int64_t k = 0; k < a.rows(); ++k) {
        const T pivot = lu.matrixLU()(k, k);
        det *= pivot;
        sign = std::isnan(pivot) ? pivot : sign * static_cast<T>((pivot > T(0)) - (pivot < T(0)));
        logarithm += std::log(std::abs(pivot));
      }
    }
    if (args.out[0]) number_at<T>(args.out[0], i) = det;
    if (args.out[1]) number_at<T>(args.out[1], i) = sign;
    if (args.out[2]) number_at<T>(args.out[2], i) = logarithm;
  });
}

template <class T>
void cholesky(const LinalgArgs& args) {
  for_each_matrix(args, [&](int64_t i) {
    auto out = matrix_at<T>(args.out[0], i);
    if (out.size() == 0) return report(args, i, 0);
    const Matrix<T> a = matrix_at<T>(args.a, i);
    const Eigen::LLT<Matrix<T>> llt(a);
    const Matrix<T> lower = llt.matrixL();
    const bool good = llt.info() == Eigen::Success && lower.allFinite();
    report(args, i, good ? 0 : bad_minor<T>(a));
    out = lower;
  });
}

template <class T>
void triangular(const LinalgArgs& args) {
  for_each_matrix(args, [&](int64_t i) {
    const Matrix<T> a = matrix_at<T>(args.a, i);
    Matrix<T> x = matrix_at<T>(args.b, i);
    const int64_t bad = args.unit ? 0 : zero_pivot<T>(a);
    report(args, i, bad);
    if (x.size() != 0 && bad == 0) {
      if (args.upper) {
        args.unit ? a.template triangularView<Eigen::UnitUpper>().solveInPlace(x)
                  : a.template triangularView<Eigen::Upper>().solveInPlace(x);
      } else {
        args.unit ? a.template triangularView<Eigen::UnitLower>().solveInPlace(x)
                  : a.template triangularView<Eigen::Lower>().solveInPlace(x);
      }
    }
    auto out = matrix_at<T>(args.out[0], i);
    out = x;
  });
}

template void solve<float>(const LinalgArgs&);
template void solve<double>(const LinalgArgs&);
template void determinant<float>(const LinalgArgs&);
template void determinant<double>(const LinalgArgs&);
template void cholesky<float>(const LinalgArgs&);
template void cholesky<double>(const LinalgArgs&);
template void triangular<float>(const LinalgArgs&);
template void triangular<double>(const LinalgArgs&);

}  // namespace ct::cpu::linalg
