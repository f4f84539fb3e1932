// Eigenvalues of symmetric matrices.
#include <limits>

#include "backend_cpu/linalg/linalg_matrix.hpp"

namespace ct::cpu::linalg {

template <class T>
void eigh(const LinalgArgs& args) {
  for_each_matrix(args, [&](int64_t i) {
    Matrix<T> a = matrix_at<T>(args.a, i);
    auto values = vector_at<T>(args.out[0], i);
    // Only one triangle counts; Eigen reads the lower one.
    if (args.upper) a = Matrix<T>(a.transpose());
    a.template triangularView<Eigen::StrictlyUpper>().setZero();
    const bool finite = a.allFinite();
    report(args, i, finite ? 0 : 1);
    if (a.size() == 0) return;
    if (!finite) {
      values.setConstant(std::numeric_limits<T>::quiet_NaN());
      if (args.out[1]) matrix_at<T>(args.out[1], i).setIdentity();
      return;
    }
    const bool vectors = static_cast<bool>(args.out[1]);
    const auto made = symmetric_eigenvalues(a.template cast<double>(), vectors);
    if (!made.converged) report(args, i, 1);
    values = made.values.template cast<T>();
    if (vectors) matrix_at<T>(args.out[1], i) = made.vectors.template cast<T>();
  });
}

template void eigh<float>(const LinalgArgs&);
template void eigh<double>(const LinalgArgs&);

}  // namespace ct::cpu::linalg
