// Tensor::view(dtype): the same bytes as elements of another dtype. Nothing is moved, and nothing
// recorded: a change of bits is no differentiable one.
#include <fmt/format.h>

#include "core/tensor/tensor_impl.hpp"
#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "ops/shape/view.hpp"

namespace ct {

namespace {

[[noreturn]] void refuse(const Tensor& t, DType dtype, const std::string& why) {
  throw ShapeError(fmt::format(
      "view: {} cannot be read as {}: {}: shape {}, strides {}, offset {}; copy with contiguous() "
      "first, or convert the numbers with .to(dtype)",
      name(t.dtype()), name(dtype), why, to_string(t.shape()), to_string(t.strides()),
      t.storage_offset()));
}

/// Where the elements of another size lie.
struct Layout {
  Shape shape;
  Strides strides;
  int64_t offset;
};

/// Each element becomes `parts` of them.
void divide_elements(Layout& at, int64_t parts) {
  const int last = at.shape.rank() - 1;
  at.shape[last] = checked_mul("view", at.shape[last], parts);
  for (int axis = 0; axis < last; ++axis) at.strides[axis] = stride_times(at.strides[axis], parts);
  at.strides[last] = 1;
  at.offset *= parts;
}

/// `parts` elements become one. Strides of axes that are never stepped along do not count.
void join_elements(const Tensor& t, DType dtype, Layout& at, int64_t parts) {
  const int last = at.shape.rank() - 1;
  if (at.shape[last] % parts != 0) {
    refuse(t, dtype, fmt::format("axis {} is no multiple of {}", last, parts));
  }
  if (at.offset % parts != 0) {
    refuse(t, dtype, fmt::format("the first element is at no multiple of {}", parts));
  }
  for (int axis = 0; axis < last; ++axis) {
    if (at.shape[axis] > 1 && t.numel() > 0 && at.strides[axis] % parts != 0) {
      refuse(t, dtype, fmt::format("the stride of axis {} is no multiple of {}", axis, parts));
    }
    at.strides[axis] /= parts;
  }
  at.shape[last] /= parts;
  at.offset /= parts;
}

}  // namespace

Tensor Tensor::view(DType dtype) const {
  detail::check_defined(*this, "view", "self");
  const TensorImpl& t = detail::impl(*this);
  if (dtype == t.dtype) return ops::reshaped_view("view", *this, t.shape, t.strides);
  Layout at{t.shape, t.strides, t.offset};
  const auto from = static_cast<int64_t>(item_size(t.dtype));
  const auto to = static_cast<int64_t>(item_size(dtype));
  if (from != to) {
    if (t.shape.empty()) refuse(*this, dtype, "a number has no axis that could grow or shrink");
    if (t.strides.back() != 1 && t.shape.back() > 1 && t.numel > 0) {
      refuse(*this, dtype, "the last axis is not dense");
    }
    if (from > to) {
      divide_elements(at, from / to);
    } else {
      join_elements(*this, dtype, at, to / from);
    }
  }
  checked_numel("view", at.shape);
  Tensor out = detail::make_view(*this, at.shape, at.strides, at.offset);
  detail::impl(out).dtype = dtype;
  return out;
}

}  // namespace ct
