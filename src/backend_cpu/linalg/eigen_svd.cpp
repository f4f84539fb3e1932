// Singular values by Eigen: of all its templates by far the largest.
#include <Eigen/SVD>

#include "backend_cpu/linalg/eigen.hpp"

namespace ct::cpu::linalg {

SingularValues singular_values(const Matrix<double>& a, Vectors vectors) {
  const unsigned options = vectors == Vectors::none   ? 0U
                           : vectors == Vectors::thin ? Eigen::ComputeThinU | Eigen::ComputeThinV
                                                      : Eigen::ComputeFullU | Eigen::ComputeFullV;
  const Eigen::BDCSVD<Matrix<double>> made(a, options);
  SingularValues result;
  result.s = made.singularValues();
  if (vectors != Vectors::none) {
    result.u = made.matrixU();
    result.v = made.matrixV();
  }
  return result;
}

}  // namespace ct::cpu::linalg
