// Singular values by Eigen: of all its templates by far the largest.
#include <Eigen/SVD>

#include "backend_cpu/linalg/eigen.hpp"

namespace ct::cpu::linalg {

template <class T>
SingularValues<T> singular_values(const Matrix<T>& a, Vectors vectors) {
  const unsigned options = vectors == Vectors::none   ? 0U
                           : vectors == Vectors::thin ? Eigen::ComputeThinU | Eigen::ComputeThinV
                                                      : Eigen::ComputeFullU | Eigen::ComputeFullV;
  const Eigen::BDCSVD<Matrix<T>> made(a, options);
  SingularValues<T> result;
  result.s = made.singularValues();
  if (vectors != Vectors::none) {
    result.u = made.matrixU();
    result.v = made.matrixV();
  }
  return result;
}

template SingularValues<float> singular_values(const Matrix<float>&, Vectors);
template SingularValues<double> singular_values(const Matrix<double>&, Vectors);

}  // namespace ct::cpu::linalg
