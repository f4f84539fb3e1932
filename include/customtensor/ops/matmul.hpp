// Matrix and vector products.
#pragma once

#include "customtensor/tensor.hpp"

namespace ct {

/// Matrix product over the last two axes; leading axes broadcast. One-axis operands are a row (a)
/// or a column (b), and that axis is dropped from the result.
///
/// Shapes:   a (..., m, k), b (..., k, n) -> (..., m, n)
/// Errors:   ShapeError if k differs or the batch axes do not broadcast; DTypeError if the dtypes
///           differ; DeviceError if the devices do (also of all products below)
/// Gradient: da = g bᵀ, db = aᵀ g, summed over broadcast axes
/// Source:   numpy.matmul
CT_API Tensor matmul(const Tensor& a, const Tensor& b);

/// matmul of two matrices. Shapes: a (m, k), b (k, n) -> (m, n)
CT_API Tensor mm(const Tensor& a, const Tensor& b);
/// matmul of two batches, which do not broadcast. Shapes: a (b, m, k), b (b, k, n) -> (b, m, n)
CT_API Tensor bmm(const Tensor& a, const Tensor& b);
/// Matrix times vector. Shapes: a (m, k), x (k) -> (m)
CT_API Tensor mv(const Tensor& a, const Tensor& x);
/// Sum of products of two vectors. Shapes: a (k), b (k) -> ()
CT_API Tensor dot(const Tensor& a, const Tensor& b);
/// All products of two vectors; dtypes promote. Shapes: a (m), b (n) -> (m, n)
CT_API Tensor outer(const Tensor& a, const Tensor& b);

/// beta input + alpha (a @ b) in one pass: the sum is made on the product's tile in cache. With
/// beta 0 the input's values, NaN included, do not matter.
///
/// Shapes:   input broadcasts to (m, n); a (m, k), b (k, n) -> (m, n)
/// Errors:   DTypeError for integers if alpha or beta is not whole
CT_API Tensor addmm(const Tensor& input, const Tensor& a, const Tensor& b, const Scalar& beta = 1,
                    const Scalar& alpha = 1);
/// The same for batches. Shapes: input broadcasts to (b, m, n); a (b, m, k), b (b, k, n)
CT_API Tensor baddbmm(const Tensor& input, const Tensor& a, const Tensor& b, const Scalar& beta = 1,
                      const Scalar& alpha = 1);

/// Sum of a matrix's diagonal; integers sum in int64. Shapes: x (m, n) -> ()
CT_API Tensor trace(const Tensor& x);

/// y = x weightᵀ + bias in one kernel.
///
/// Shapes:   x (..., in), weight (out, in), bias (out) or undefined -> (..., out)
CT_API Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = Tensor());

}  // namespace ct
