// Parts of the matrices in a tensor's last two axes, as linear algebra and its derivatives need
// them. Compositions of recorded ops: differentiable to any order.
#pragma once

#include "customtensor/tensor.hpp"

namespace ct::ops {

/// The diagonals, min(m, n) long. Shapes: x (..., m, n) -> (..., min(m, n))
Tensor diagonal_of(const Tensor& x);
/// Zeros around the values. Shapes: values (..., n) -> (..., n, n)
Tensor diagonal_matrix(const Tensor& values);
/// What stands on and below diagonal k (0 the main one, negative ones below it), else 0.
Tensor lower_part(const Tensor& x, int64_t k = 0);
/// What stands on and above diagonal k, else 0.
Tensor upper_part(const Tensor& x, int64_t k = 0);
/// x with its last two axes swapped.
inline Tensor transposed(const Tensor& x) { return x.transpose(-2, -1); }

}  // namespace ct::ops
