// Least squares by Eigen's complete orthogonal decomposition.
#include <Eigen/QR>

#include "backend_cpu/linalg/eigen.hpp"

namespace ct::cpu::linalg {

template <class T>
LeastSquares<T> solve_least_squares(const Matrix<T>& a, const Matrix<T>& b, T threshold) {
  Eigen::CompleteOrthogonalDecomposition<Matrix<T>> made;
  made.setThreshold(threshold);
  made.compute(a);
  return {made.solve(b), made.rank()};
}

template LeastSquares<float> solve_least_squares(const Matrix<float>&, const Matrix<float>&, float);
template LeastSquares<double> solve_least_squares(const Matrix<double>&, const Matrix<double>&,
                                                  double);

}  // namespace ct::cpu::linalg
