// What the ops that pick and place by index share: checks, and the kernels without checks.
#pragma once

#include "core/tensor/tensor_impl.hpp"
#include "customtensor/backend.hpp"

namespace ct::ops {

/// Whether one of the indices is negative (true where the host cannot see them), which is an error
/// unless `from_end`. Errors: DTypeError, IndexError as ops/indexing.hpp says.
bool check_index(const char* op, const Tensor& index, int64_t size, int axis,
                 bool from_end = false);

/// t, or the row of a number: PyTorch lets one pick and place along axis 0 of a number.
inline Tensor row_of(const Tensor& t) { return t.dim() == 0 ? t.unsqueeze(0) : t; }

/// An index of one axis (or none), as one of `shape` that counts along `axis`; a view.
Tensor index_along(const Tensor& index, Shape shape, int axis);

/// The first elements of x along all axes but `except`, as many as `shape` has; a view.
Tensor corner_of(const Tensor& x, const Shape& shape, int except = -1);

/// A tensor of one number, expanded to `shape`.
Tensor number_like(const Tensor& like, const Scalar& value, const Shape& shape);

/// Checks the arguments of the scatter family, whose index has x's rank; `src` may be null. Returns
/// the axis.
int check_scatter(const char* op, const Tensor& x, int64_t axis, const Tensor& index,
                  const Tensor* src);

/// gather of checked arguments; recorded. `index` may be an expanded view.
Tensor gather_checked(const char* name, const Tensor& x, int axis, const Tensor& index);

/// Zeros of `shape` plus src[i][j] at [i][index[i][j]] along `axis`. Differentiable: its gradient
/// gathers.
Tensor scatter_add(const Tensor& src, int axis, const Tensor& index, const Shape& shape);

/// The kernel alone: not recorded, no version change.
void run_scatter(ScatterMode mode, const Tensor& out, int axis, const Tensor& index,
                 const Tensor& src);

}  // namespace ct::ops
