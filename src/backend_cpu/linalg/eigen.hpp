// Eigen, set up, and its largest templates behind functions of plain matrices. Nothing of ours is
// included here or in eigen_*.cpp: those take a quarter of the library's compile time (the singular
// values alone 85 s of a core), which only a change to themselves is worth.
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

// T is float or double; matrices are finite and not empty.

enum class Vectors { none, thin, full };

/// a = u diag(s) vᵀ.
template <class T>
struct SingularValues {
  Matrix<T> u, v;
  Vector<T> s;
};
/// Divide and conquer; of small matrices Eigen makes it by Jacobi's rotations.
template <class T>
SingularValues<T> singular_values(const Matrix<T>& a, Vectors vectors);

/// a = vectors diag(values) vectorsᵀ, of which the lower triangle is read.
template <class T>
struct Eigenvalues {
  Vector<T> values;
  Matrix<T> vectors;  ///< empty unless asked for
  bool converged;
};
template <class T>
Eigenvalues<T> symmetric_eigenvalues(const Matrix<T>& a, bool vectors);

/// The x of least norm among those of least |a x - b|, by a complete orthogonal decomposition;
/// pivots below `threshold` of the largest count as 0.
template <class T>
struct LeastSquares {
  Matrix<T> x;
  int64_t rank;
};
template <class T>
LeastSquares<T> solve_least_squares(const Matrix<T>& a, const Matrix<T>& b, T threshold);

}  // namespace ct::cpu::linalg
