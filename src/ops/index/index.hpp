// What the ops that pick and place by index share: checks, and the kernels without checks.
#pragma once

#include <optional>

#include "core/tensor/tensor_impl.hpp"
#include "customtensor/backend.hpp"

namespace ct::ops {

/// What is known of an index.
struct IndexFacts {
  bool negative = false;            ///< one of them is, or may be
  std::optional<IndexCheck> check;  ///< left to the device, since the host cannot see the values

  /// For the arguments of a kernel.
  const IndexCheck* unseen() const { return check ? &*check : nullptr; }
};

/// Checks an index, or says what the device is to check. Negative ones are an error unless
/// `from_end`. Errors: DTypeError, IndexError as ops/indexing.hpp says.
IndexFacts check_index(const char* op, const Tensor& index, int64_t size, int axis,
                       bool from_end = false);

/// The index with negative ones counted from the end; the facts are its own then.
Tensor counted_from_start(const Tensor& index, int64_t size, IndexFacts& facts);

/// For what then computes with an index by other kernels: lets the device check it alone.
void check_on_device(const Tensor& index, const IndexCheck& check);

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
                  const Tensor* src, IndexFacts& facts);

/// gather of checked arguments; recorded. `index` may be an expanded view. `check`: what the device
/// is to check.
Tensor gather_checked(const char* name, const Tensor& x, int axis, const Tensor& index,
                      const IndexCheck* check = nullptr);

/// Zeros of `shape` plus src[i][j] at [i][index[i][j]] along `axis`. Differentiable: its gradient
/// gathers.
Tensor scatter_add(const Tensor& src, int axis, const Tensor& index, const Shape& shape);

/// The kernel alone: not recorded, no version change.
void run_scatter(ScatterMode mode, const Tensor& out, int axis, const Tensor& index,
                 const Tensor& src, const IndexCheck* check = nullptr);

}  // namespace ct::ops
