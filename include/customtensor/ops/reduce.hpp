// Reductions over none (= all), one or several axes, negative ones counted from the end.
// Sums and products of integers are int64. Half types are computed in float32 and rounded once.
// Errors, all: IndexError for an axis out of range, ValueError for a repeated one.
#pragma once

#include <utility>

#include "customtensor/tensor.hpp"

namespace ct {

CT_API Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// Errors: DTypeError for integers
CT_API Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// Of nothing: 1.
/// Gradient: the product of the others, right where some are 0
CT_API Tensor prod(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// Two passes: mean, then the squared distances. Divides by max(0, n - correction).
/// Errors: DTypeError for integers
CT_API Tensor var(const Tensor& x, const Axes& axes = {}, int64_t correction = 1,
                  bool keepdim = false);
/// Square root of var; its gradient is 0 where it is 0.
CT_API Tensor std(const Tensor& x, const Axes& axes = {}, int64_t correction = 1,
                  bool keepdim = false);
/// var or std, and the mean that it was made from.
CT_API std::pair<Tensor, Tensor> var_mean(const Tensor& x, const Axes& axes = {},
                                          int64_t correction = 1, bool keepdim = false);
CT_API std::pair<Tensor, Tensor> std_mean(const Tensor& x, const Axes& axes = {},
                                          int64_t correction = 1, bool keepdim = false);
/// (sum |x|^p)^(1/p); p = 0 counts what is not 0, p = ±infinity is the largest or smallest |x|.
///
/// Errors:   DTypeError for integers; ValueError for p = -infinity (or NaN) of nothing
/// Gradient: 0 where the norm is 0; equal extremes share it
/// Source:   torch.norm
CT_API Tensor norm(const Tensor& x, double p = 2, const Axes& axes = {}, bool keepdim = false);
/// log(sum(exp(x))) without overflow; integers give float32. -infinity for rows that are -infinity
/// throughout (with gradient 0) and for empty ones.
CT_API Tensor logsumexp(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

/// Whether some, or all, elements are not 0 (a NaN is not). bool, of uint8 uint8, as in PyTorch.
CT_API Tensor any(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
CT_API Tensor all(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// int64.
CT_API Tensor count_nonzero(const Tensor& x, const Axes& axes = {});
/// As sum and mean without the NaNs. The mean of none is NaN.
CT_API Tensor nansum(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
CT_API Tensor nanmean(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

/// A NaN wins all of the following.
/// Errors, all: ValueError if there is nothing to choose from
CT_API Tensor amax(const Tensor& x, const Axes& axes = {},
                   bool keepdim = false);  ///< ties share the gradient
CT_API Tensor amin(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// Smallest and largest.
CT_API std::pair<Tensor, Tensor> aminmax(const Tensor& x, const Axes& axes = {},
                                         bool keepdim = false);
// In parentheses, for programs in which max is a macro: they write (ct::max)(x).
CT_API Tensor(max)(const Tensor& x);
CT_API Tensor(min)(const Tensor& x);
/// Values and int64 positions along one axis; the first of equals, and the gradient goes to it.
CT_API std::pair<Tensor, Tensor>(max)(const Tensor& x, int64_t axis, bool keepdim = false);
CT_API std::pair<Tensor, Tensor>(min)(const Tensor& x, int64_t axis, bool keepdim = false);
CT_API Tensor argmax(const Tensor& x);  ///< position in the flattened tensor
CT_API Tensor argmax(const Tensor& x, int64_t axis, bool keepdim = false);
CT_API Tensor argmin(const Tensor& x);
CT_API Tensor argmin(const Tensor& x, int64_t axis, bool keepdim = false);
/// Sums x over the axes along which it was broadcast from `shape`.
CT_API Tensor sum_to(const Tensor& x, const Shape& shape);

}  // namespace ct
