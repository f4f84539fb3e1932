// Linear algebra of matrices in the last two axes; all leading axes are a batch. Names and meaning
// are those of torch.linalg. It is computed on the host (by Eigen); on a device that the host
// cannot address, matrices are copied there and back, and fallbacks() counts it as "linalg".
//
// Errors, all: ShapeError for fewer than two axes, or where a square matrix is needed and is not
// given; DTypeError unless float32 or float64 (of all operands the same); DeviceError if operands
// are on different devices; ValueError for a matrix that the computation is not defined for
// (singular, not positive definite, not finite), with its number in the batch.
#pragma once

#include <concepts>
#include <optional>
#include <string_view>
#include <type_traits>

#include "customtensor/tensor.hpp"

namespace ct::linalg {

// --- Square systems ------------------------------------------------------------------------------

/// X with A X = B (left), or X A = B. B is a vector if it has one axis, or A's leading axes and one
/// more that fits; batches broadcast.
///
/// Shapes:   a (..., n, n), b (..., n, k) or (..., n) -> as b
/// Gradient: dB = A⁻ᵀ g, dA = -dB Xᵀ
CT_API Tensor solve(const Tensor& a, const Tensor& b, bool left = true);
/// The same for a triangular A: only that triangle is read, and with `unitriangular` its diagonal
/// counts as ones.
CT_API Tensor solve_triangular(const Tensor& a, const Tensor& b, bool upper, bool left = true,
                               bool unitriangular = false);
/// Gradient: -A⁻ᵀ g A⁻ᵀ
CT_API Tensor inv(const Tensor& a);
/// Gradient: g det(A) A⁻ᵀ, by cofactors where A is singular (the gradient's own gradient needs a
/// regular A). Shapes: (..., n, n) -> (...)
CT_API Tensor det(const Tensor& a);
struct Slogdet {
  Tensor sign, logabsdet;
};
/// Sign and logarithm of |det A|: 0 and -infinity for a singular matrix, which has no gradient.
CT_API Slogdet slogdet(const Tensor& a);
/// A to the n-th power by squaring; of A⁻¹ if n is negative.
CT_API Tensor matrix_power(const Tensor& a, int64_t n);

// --- Decompositions ------------------------------------------------------------------------------

/// L with A = L Lᵀ (or U with A = Uᵀ U). Only the lower triangle of A (upper: the upper one) is
/// read. Errors: ValueError with the order of the first leading minor that is not positive
CT_API Tensor cholesky(const Tensor& a, bool upper = false);

struct Qr {
  Tensor q, r;
};
enum class QrMode {
  reduced,   ///< q (m, k), r (k, n), k = min(m, n)
  complete,  ///< q (m, m), r (m, n)
  r,         ///< q undefined, r as reduced
};
/// A = Q R, Q with orthonormal columns, R upper triangular (signs of its diagonal as LAPACK's).
/// Gradient: of reduced, and of complete if m <= n; it needs the first min(m, n) columns
/// independent
CT_API Qr qr(const Tensor& a, QrMode mode = QrMode::reduced);

struct Svd {
  Tensor u, s, vh;
};
/// A = U diag(S) Vh, S descending. full_matrices: u (m, m), vh (n, n); else u (m, k), vh (k, n).
/// Gradient: of s always; of u and vh where full_matrices adds nothing, if all s differ (they are
/// unique up to sign) and, for a matrix that is not square, none is 0
CT_API Svd svd(const Tensor& a, bool full_matrices = true);
/// Singular values alone, descending. Shapes: (..., m, n) -> (..., min(m, n))
CT_API Tensor svdvals(const Tensor& a);

struct Eigh {
  Tensor eigenvalues, eigenvectors;
};
/// Of symmetric matrices, of which one triangle is read: values ascending, vectors in columns.
/// Gradient: of the values always, of the vectors if all values differ
CT_API Eigh eigh(const Tensor& a, bool upper = false);
CT_API Tensor eigvalsh(const Tensor& a, bool upper = false);

// --- Rank, pseudo-inverse, least squares ---------------------------------------------------------

/// Singular values at most max(atol, rtol * the largest) count as zero. Default: atol 0 and, unless
/// atol is given and positive, rtol = max(m, n) * the dtype's epsilon.
struct RankOptions {
  std::optional<double> atol = std::nullopt, rtol = std::nullopt;
  bool hermitian = false;  ///< A is symmetric: |eigenvalues| of its lower triangle instead
};
/// int64. Shapes: (..., m, n) -> (...)
CT_API Tensor matrix_rank(const Tensor& a, const RankOptions& options = {});
/// The Moore-Penrose inverse. Gradient: where the rank does not change
CT_API Tensor pinv(const Tensor& a, const RankOptions& options = {});

struct Lstsq {
  Tensor solution;         ///< (..., n, k), of least norm where there are many
  Tensor residuals;        ///< (..., k): sums of squares, if m > n and all ranks are n; else empty
  Tensor rank;             ///< (...), int64
  Tensor singular_values;  ///< empty, as of torch's driver 'gelsy'
};
/// X that minimises |A X - B|, by an orthogonal decomposition with column exchanges.
/// `rcond`: pivots below rcond times the largest count as zero; default max(m, n) * epsilon.
///
/// Shapes:   a (..., m, n), b (..., m, k) or (..., m) as for solve
/// Gradient: of the solution, through pinv; residuals come without
CT_API Lstsq lstsq(const Tensor& a, const Tensor& b, std::optional<double> rcond = std::nullopt);

// --- Norms ---------------------------------------------------------------------------------------

/// Which norm: a number (infinities too), "fro" (Frobenius), "nuc" (sum of singular values), or
/// nothing: the 2-norm of all elements.
class NormOrder {
 public:
  enum class Kind { flat, number, frobenius, nuclear };
  NormOrder() = default;
  template <class T>
  requires std::is_arithmetic_v<T> NormOrder(T p)  // NOLINT: norm(x, 1)
      : kind_(Kind::number), p_(static_cast<double>(p)) {}
  /// A literal, a std::string, a std::string_view. Errors: ValueError unless "fro" or "nuc".
  template <std::convertible_to<std::string_view> T>
  NormOrder(const T& name) : kind_(kind_of(name)) {}  // NOLINT: norm(x, "fro")
  Kind kind() const { return kind_; }
  double p() const { return p_; }

 private:
  CT_API static Kind kind_of(std::string_view name);
  Kind kind_ = Kind::flat;
  double p_ = 2;
};

/// Without an order: the 2-norm of x over `axes`, all by default. With one: vector_norm if one axis
/// is named (or x has one), matrix_norm if two are.
CT_API Tensor norm(const Tensor& x, const NormOrder& order = {}, const Axes& axes = {},
                   bool keepdim = false);
/// (sum |x|^p)^(1/p) over `axes`; p = 0 counts what is not 0, ±infinity are the extremes.
CT_API Tensor vector_norm(const Tensor& x, double p = 2, const Axes& axes = {},
                          bool keepdim = false);
/// Of matrices in two axes: "fro", "nuc", ±1 (extreme column sum of |x|), ±infinity (row sum), ±2
/// (largest, smallest singular value).
CT_API Tensor matrix_norm(const Tensor& x, const NormOrder& order = "fro",
                          const Axes& axes = {-2, -1}, bool keepdim = false);

}  // namespace ct::linalg
