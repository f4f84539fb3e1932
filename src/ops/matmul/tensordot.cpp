// tensordot as one product of two matrices, kron as one of two broadcast tensors.
#include <fmt/format.h>

#include <algorithm>

#include "core/tensor/tensor_impl.hpp"
#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/einsum.hpp"
#include "customtensor/ops/matmul.hpp"
#include "ops/autocast.hpp"

namespace ct {

Tensor tensordot(const Tensor& a, const Tensor& b, int64_t axes) {
  detail::check_defined(a, "tensordot", "a");
  detail::check_defined(b, "tensordot", "b");
  if (axes < 0 || axes > a.dim() || axes > b.dim()) {
    throw ValueError(fmt::format("tensordot: cannot contract {} axes of shapes {} and {}", axes,
                                 to_string(a.shape()), to_string(b.shape())));
  }
  Dims last;
  Dims first;
  for (int64_t i = 0; i < axes; ++i) {
    last.push_back(a.dim() - axes + i);
    first.push_back(i);
  }
  return tensordot(a, b, last, first);
}

Tensor tensordot(const Tensor& a, const Tensor& b, const Dims& axes_a, const Dims& axes_b) {
  if (const ops::Autocast cast{"tensordot", {&a, &b}}) {
    return tensordot(cast(a), cast(b), axes_a, axes_b);
  }
  detail::check_defined(a, "tensordot", "a");
  detail::check_defined(b, "tensordot", "b");
  if (axes_a.rank() != axes_b.rank()) {
    throw ValueError(fmt::format("tensordot: axes {} of a and {} of b differ in number",
                                 to_string(axes_a), to_string(axes_b)));
  }
  // Axes of each: those that stay, then (a) or before them (b) those that are summed over.
  const auto arrange = [](const Tensor& t, const Dims& summed, bool first, Shape& kept) {
    const auto rank = static_cast<int>(t.dim());
    uint32_t mask = 0;
    Dims order;
    for (const int64_t axis : summed) {
      const int at = normalize_axis(axis, rank, "tensordot");
      if ((mask >> at & 1U) != 0) {
        throw ValueError(
            fmt::format("tensordot: axis {} is named twice: {}", axis, to_string(summed)));
      }
      mask |= 1U << at;
      order.push_back(at);
    }
    int64_t inner = 1;
    for (const int64_t axis : order) inner *= t.shape()[static_cast<int>(axis)];
    Dims stay;
    int64_t outer = 1;
    for (int axis = 0; axis < rank; ++axis) {
      if ((mask >> axis & 1U) != 0) continue;
      stay.push_back(axis);
      kept.push_back(t.shape()[axis]);
      outer *= t.shape()[axis];
    }
    Dims full = first ? order : stay;
    for (const int64_t axis : first ? stay : order) full.push_back(axis);
    return t.permute(full).reshape(first ? Shape{inner, outer} : Shape{outer, inner});
  };
  for (int i = 0; i < axes_a.rank(); ++i) {
    if (a.size(axes_a[i]) != b.size(axes_b[i])) {
      throw ShapeError(fmt::format(
          "tensordot: axis {} of a, {}, and axis {} of b, {}, differ in size: {} and {}", axes_a[i],
          to_string(a.shape()), axes_b[i], to_string(b.shape()), a.size(axes_a[i]),
          b.size(axes_b[i])));
    }
  }
  Shape shape;
  const Tensor left = arrange(a, axes_a, false, shape);
  const Tensor right = arrange(b, axes_b, true, shape);
  return mm(left, right).reshape(shape);
}

Tensor kron(const Tensor& a, const Tensor& b) {
  detail::check_defined(a, "kron", "a");
  detail::check_defined(b, "kron", "b");
  const int rank = std::max(a.shape().rank(), b.shape().rank());
  // (m, 1) times (1, n) along every axis; two axes at most double the rank, so one axis after the
  // other is joined where both are longer than 1.
  Shape wide_a;
  Shape wide_b;
  Shape shape;
  for (int axis = 0; axis < rank; ++axis) {
    const int ia = axis - rank + a.shape().rank();
    const int ib = axis - rank + b.shape().rank();
    const int64_t m = ia < 0 ? 1 : a.shape()[ia];
    const int64_t n = ib < 0 ? 1 : b.shape()[ib];
    shape.push_back(checked_mul("kron", m, n));
    if (m != 1 || n == 1) {
      wide_a.push_back(m);
      wide_b.push_back(1);
    }
    if (n != 1) {
      wide_a.push_back(1);
      wide_b.push_back(n);
    }
  }
  return (a.reshape(wide_a) * b.reshape(wide_b)).reshape(shape);
}

}  // namespace ct
