// Least squares by Eigen's complete orthogonal decomposition.
#include <Eigen/QR>

#include "backend_cpu/linalg/eigen.hpp"

namespace ct::cpu::linalg {

LeastSquares solve_least_squares(const Matrix<double>& a, const Matrix<double>& b,
                                 double threshold) {
  Eigen::CompleteOrthogonalDecomposition<Matrix<double>> made;
  made.setThreshold(threshold);
  made.compute(a);
  return {made.solve(b), made.rank()};
}

}  // namespace ct::cpu::linalg
