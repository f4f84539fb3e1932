// Scans: element i of the result is made from elements 0 … i along an axis. The shape stays.
// Errors, all: IndexError for an axis out of range.
#pragma once

#include <utility>

#include "customtensor/tensor.hpp"

namespace ct {

/// Integers give int64.
CT_API Tensor cumsum(const Tensor& x, int64_t axis);
/// Integers give int64.
/// Gradient: right where factors are 0
CT_API Tensor cumprod(const Tensor& x, int64_t axis);
/// Largest so far and its int64 place; the latest of equals, a NaN wins. The gradient goes there.
CT_API std::pair<Tensor, Tensor> cummax(const Tensor& x, int64_t axis);
CT_API std::pair<Tensor, Tensor> cummin(const Tensor& x, int64_t axis);
/// log(cumsum(exp(x))) without overflow.
/// Errors: DTypeError for integers
CT_API Tensor logcumsumexp(const Tensor& x, int64_t axis);

}  // namespace ct
