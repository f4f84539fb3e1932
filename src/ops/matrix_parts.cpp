#include "ops/matrix_parts.hpp"

#include <algorithm>

#include "customtensor/autograd.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"

namespace ct::ops {

namespace {

/// column - row for each place of x's matrices.
Tensor distance(const Tensor& x) {
  const NoGradGuard off;
  const TensorOptions options{.dtype = int64, .device = x.device()};
  return arange(x.size(-1), options) - arange(x.size(-2), options).unsqueeze(1);
}

/// x where `keep`, else 0. Not a product: 0 * inf would be NaN.
Tensor kept(const Tensor& keep, const Tensor& x) {
  return where(keep, x, full({}, 0, {.dtype = x.dtype(), .device = x.device()}));
}

}  // namespace

Tensor diagonal_of(const Tensor& x) {
  const int64_t m = x.size(-2);
  const int64_t n = x.size(-1);
  const int64_t length = std::min(m, n);
  // Every (n + 1)th element of the matrix in one row; one past the last of them, not beyond its
  // end.
  const int64_t stop = length == 0 ? 0 : (length - 1) * (n + 1) + 1;
  return x.flatten(-2, -1).slice(-1, Slice(0, stop, n + 1));
}

Tensor diagonal_matrix(const Tensor& values) {
  const int64_t n = values.size(-1);
  const Tensor on = eye(n, {.dtype = bool_, .device = values.device()});
  return kept(on, values.unsqueeze(-1));
}

Tensor lower_part(const Tensor& x, int64_t k) { return kept(distance(x) <= k, x); }
Tensor upper_part(const Tensor& x, int64_t k) { return kept(distance(x) >= k, x); }

}  // namespace ct::ops
