// Householder QR and least squares.
#include <Eigen/QR>
#include <limits>

#include "backend_cpu/linalg/linalg_matrix.hpp"

namespace ct::cpu::linalg {

template <class T>
void qr(const LinalgArgs& args) {
  for_each_matrix(args, [&](int64_t i) {
    const Matrix<T> a = matrix_at<T>(args.a, i);
    auto r = matrix_at<T>(args.out[1], i);
    if (a.size() == 0) {
      r.setZero();
      if (args.out[0]) matrix_at<T>(args.out[0], i).setIdentity();
      return;
    }
    const Eigen::HouseholderQR<Matrix<T>> made(a);
    r = Matrix<T>(made.matrixQR().topRows(r.rows()).template triangularView<Eigen::Upper>());
    if (!args.out[0]) return;
    auto out = matrix_at<T>(args.out[0], i);
    Matrix<T> q = Matrix<T>::Identity(out.rows(), out.cols());
    q.applyOnTheLeft(made.householderQ());
    out = q;
  });
}

template <class T>
void least_squares(const LinalgArgs& args) {
  for_each_matrix(args, [&](int64_t i) {
    const Matrix<T> a = matrix_at<T>(args.a, i);
    const Matrix<T> b = matrix_at<T>(args.b, i);
    auto out = matrix_at<T>(args.out[0], i);
    int64_t rank = 0;
    if (!a.allFinite() || !b.allFinite()) {
      report(args, i, 1);
      out.setConstant(std::numeric_limits<T>::quiet_NaN());
    } else {
      report(args, i, 0);
      if (a.size() == 0 || b.size() == 0) {
        out.setZero();
      } else {
        const auto made =
            solve_least_squares(a.template cast<double>(), b.template cast<double>(), args.rcond);
        out = made.x.template cast<T>();
        rank = made.rank;
      }
    }
    if (args.out[1]) number_at<int64_t>(args.out[1], i) = rank;
  });
}

template void qr<float>(const LinalgArgs&);
template void qr<double>(const LinalgArgs&);
template void least_squares<float>(const LinalgArgs&);
template void least_squares<double>(const LinalgArgs&);

}  // namespace ct::cpu::linalg
