// Reductions over none (= all), one or several axes, negative ones counted from the end.
// Errors, all: IndexError for an axis out of range, ValueError for a repeated one.
#pragma once

#include <utility>

#include "customtensor/tensor.hpp"

namespace ct {

CT_API Tensor sum(const Tensor& x, const Axes& axes = {},
                  bool keepdim = false);  ///< integers sum in int64
CT_API Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// Two passes: mean, then the squared distances. Divides by n - correction.
CT_API Tensor var(const Tensor& x, const Axes& axes = {}, int64_t correction = 1,
                  bool keepdim = false);
CT_API Tensor amax(const Tensor& x, const Axes& axes = {},
                   bool keepdim = false);  ///< ties share the gradient
CT_API Tensor amin(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
CT_API Tensor max(const Tensor& x);
CT_API Tensor min(const Tensor& x);
/// Values and int64 positions along one axis; the first of equals, and the gradient goes to it.
CT_API std::pair<Tensor, Tensor> max(const Tensor& x, int64_t axis, bool keepdim = false);
CT_API std::pair<Tensor, Tensor> min(const Tensor& x, int64_t axis, bool keepdim = false);
CT_API Tensor argmax(const Tensor& x);  ///< position in the flattened tensor
CT_API Tensor argmax(const Tensor& x, int64_t axis, bool keepdim = false);
CT_API Tensor argmin(const Tensor& x);
CT_API Tensor argmin(const Tensor& x, int64_t axis, bool keepdim = false);
/// Sums x over the axes along which it was broadcast from `shape`.
CT_API Tensor sum_to(const Tensor& x, const Shape& shape);

}  // namespace ct
