// Eigenvalues of symmetric matrices by Eigen.
#include <Eigen/Eigenvalues>

#include "backend_cpu/linalg/eigen.hpp"

namespace ct::cpu::linalg {

template <class T>
Eigenvalues<T> symmetric_eigenvalues(const Matrix<T>& a, bool vectors) {
  const Eigen::SelfAdjointEigenSolver<Matrix<T>> made(
      a, vectors ? Eigen::ComputeEigenvectors : Eigen::EigenvaluesOnly);
  Eigenvalues<T> result{made.eigenvalues(), {}, made.info() == Eigen::Success};
  if (vectors) result.vectors = made.eigenvectors();
  return result;
}

template Eigenvalues<float> symmetric_eigenvalues(const Matrix<float>&, bool);
template Eigenvalues<double> symmetric_eigenvalues(const Matrix<double>&, bool);

}  // namespace ct::cpu::linalg
