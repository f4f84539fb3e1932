// Eigen, set up, and its largest templates behind functions of plain matrices. Nothing of ours is
// included here or in eigen_*.cpp, so that only a change to themselves compiles them again, and
// they are made for double alone: for float as well they took a fifth of the library's compile
// time. float32 matrices pass through double, which leaves them exact to float32's last digits.
#pragma once

#define EIGEN_MPL2_ONLY
#define EIGEN_DONT_PARALLELIZE  // threads are parallel_for's
#define EIGEN_NO_DEBUG

#include <Eigen/Core>
#include <cstdint>

namespace ct::cpu::linalg {

template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
template <class T>
using Vector = Eigen::Matrix<T, Eigen::Dynamic, 1>;

// Matrices are finite and not empty.

enum class Vectors { none, thin, full };

/// a = u diag(s) vᵀ.
struct SingularValues {
  Matrix<double> u, v;
  Vector<double> s;
};
/// Divide and conquer; of small matrices Eigen makes it by Jacobi's rotations.
SingularValues singular_values(const Matrix<double>& a, Vectors vectors);

/// a = vectors diag(values) vectorsᵀ, of which the lower triangle is read.
struct Eigenvalues {
  Vector<double> values;
  Matrix<double> vectors;  ///< empty unless asked for
  bool converged;
};
Eigenvalues symmetric_eigenvalues(const Matrix<double>& a, bool vectors);

/// The x of least norm among those of least |a x - b|, by a complete orthogonal decomposition;
/// pivots below `threshold` of the largest count as 0.
struct LeastSquares {
  Matrix<double> x;
  int64_t rank;
};
LeastSquares solve_least_squares(const Matrix<double>& a, const Matrix<double>& b,
                                 double threshold);

}  // namespace ct::cpu::linalg
