// Eigenvalues of symmetric matrices by Eigen.
#include <Eigen/Eigenvalues>

#include "backend_cpu/linalg/eigen.hpp"

namespace ct::cpu::linalg {

Eigenvalues symmetric_eigenvalues(const Matrix<double>& a, bool vectors) {
  const Eigen::SelfAdjointEigenSolver<Matrix<double>> made(
      a, vectors ? Eigen::ComputeEigenvectors : Eigen::EigenvaluesOnly);
  Eigenvalues result{made.eigenvalues(), {}, made.info() == Eigen::Success};
  if (vectors) result.vectors = made.eigenvectors();
  return result;
}

}  // namespace ct::cpu::linalg
