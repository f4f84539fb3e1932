// Sums of products over named axes, and products that are such sums. All of them become permute,
// reshape and matmul, and so do their gradients.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include "customtensor/tensor.hpp"

namespace ct {

/// Einstein's summation: "bij,bjk->bik". Each operand names its axes by letters (a-z, A-Z); a
/// letter that the result does not name is summed over; one that an operand names twice takes its
/// diagonal. "..." stands for axes that broadcast. Without "->" the result has the letters that
/// occur once, in alphabetical order, after the axes of "...". Spaces do not matter.
///
/// Operands are contracted in pairs: of three or more, always the pair next whose contraction takes
/// the fewest multiplications. Memory: the intermediate results.
///
/// Errors:   ValueError for an equation that cannot be read, ShapeError if a letter's sizes differ
///           (1 broadcasts), DTypeError or DeviceError if operands differ
/// Source:   numpy.einsum, torch.einsum
CT_API Tensor einsum(std::string_view equation, std::span<const Tensor> operands);
inline Tensor einsum(std::string_view equation, std::initializer_list<Tensor> operands) {
  return einsum(equation, std::span(operands.begin(), operands.size()));
}

/// Contracts the last `axes` axes of a with the first of b.
///
/// Shapes:   a (..., k), b (k, ...), k standing for `axes` axes -> (..., ...)
/// Errors:   ShapeError if their sizes differ
CT_API Tensor tensordot(const Tensor& a, const Tensor& b, int64_t axes = 2);
/// Contracts axis axes_a[i] of a with axis axes_b[i] of b. Shapes: the other axes of a, then of b
CT_API Tensor tensordot(const Tensor& a, const Tensor& b, const Dims& axes_a, const Dims& axes_b);

/// Kronecker product: every product of an element of a and one of b; dtypes promote.
///
/// Shapes:   a (m, ...), b (n, ...) -> (m * n, ...); missing leading axes count as 1
CT_API Tensor kron(const Tensor& a, const Tensor& b);

}  // namespace ct
