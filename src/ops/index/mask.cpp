// Picking and placing by masks. What has to know how many elements a mask names waits for it.
#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/ops/compare.hpp"
#include "customtensor/ops/indexing.hpp"
#include "ops/index/index.hpp"
#include "ops/pointwise/apply.hpp"

namespace ct {

using detail::impl;

namespace {

void check_mask(const char* op, const Tensor& x, const Tensor& mask) {
  detail::check_defined(x, op, "x");
  detail::check_defined(mask, op, "mask");
  detail::check_same_device(x, mask, op);
  if (mask.dtype() != bool_) {
    throw DTypeError(fmt::format("{}: the mask is {}: it must be bool; compare it, as in x > 0", op,
                                 name(mask.dtype())));
  }
}

void check_value(const char* op, const Tensor& x, bool floating) {
  if (floating && !is_differentiable(x.dtype())) {
    throw DTypeError(fmt::format("{}: the value is a float: it cannot be stored in {} {}", op,
                                 name(x.dtype()), to_string(x.shape())));
  }
}

void check_value(const char* op, const Tensor& x, const Tensor& value) {
  detail::check_defined(value, op, "value");
  if (value.dim() != 0) {
    throw ShapeError(fmt::format("{}: the value has shape {}: it must have no axes; use where()",
                                 op, to_string(value.shape())));
  }
  check_value(op, x, is_floating(value.dtype()));
}

/// mask (input 1) ? value (scalar 0, or input 2) : x (input 0)
const ProgramPtr& fill_program(bool value_is_tensor) {
  static const auto build = [](bool tensor) {
    PointwiseBuilder b("masked_fill", tensor ? 3 : 2, tensor ? 0 : 1);
    b.output(b.apply(Opcode::select, b.input(1), tensor ? b.input(2) : b.scalar(0), b.input(0)));
    return b.build();
  };
  static const ProgramPtr number = build(false);
  static const ProgramPtr tensor = build(true);
  return value_is_tensor ? tensor : number;
}

}  // namespace

Tensor masked_fill(const Tensor& x, const Tensor& mask, const Scalar& value) {
  check_mask("masked_fill", x, mask);
  check_value("masked_fill", x, value.is_floating());
  return ops::apply("masked_fill", fill_program(false), {&x, &mask}, {value}).to(x.dtype());
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value) {
  check_mask("masked_fill", x, mask);
  check_value("masked_fill", x, value);
  return ops::apply("masked_fill", fill_program(true), {&x, &mask, &value}).to(x.dtype());
}

Tensor nonzero(const Tensor& x) {
  detail::check_defined(x, "nonzero", "x");
  detail::check_has_values(x, "nonzero", "x");
  if (is_complex(x.dtype())) return nonzero(ne(x, 0));
  NonzeroArgs args;
  args.input = detail::view_of(x);
  const int64_t count = x.numel() == 0 ? 0 : impl(x).kernels().nonzero(args);
  Tensor positions = detail::make_tensor({count, x.dim()}, int64, impl(x).backend());
  args.positions = detail::view_of(positions);
  if (positions.numel() > 0) impl(x).kernels().nonzero(args);
  return positions;
}

Tensor masked_select(const Tensor& x, const Tensor& mask) {
  check_mask("masked_select", x, mask);
  const Shape shape = broadcast_shapes(x.shape(), mask.shape(), "masked_select");
  detail::check_has_values(mask, "masked_select", "the mask");
  const Tensor at = nonzero(mask.expand(shape).reshape({-1})).reshape({-1});
  return ops::gather_checked("masked_select", x.expand(shape).reshape({-1}), 0, at);
}

Tensor masked_scatter(const Tensor& x, const Tensor& mask, const Tensor& source) {
  check_mask("masked_scatter", x, mask);
  const Shape shape = broadcast_shapes(x.shape(), mask.shape(), "masked_scatter");
  return x.expand(shape).clone().masked_scatter_(mask, source);
}

Tensor& Tensor::masked_scatter_(const Tensor& mask, const Tensor& source) {
  check_mask("masked_scatter_", *this, mask);
  detail::check_defined(source, "masked_scatter_", "source");
  if (source.dtype() != dtype()) {
    throw DTypeError(
        fmt::format("masked_scatter_: the source is {} and the tensor {}; convert one "
                    "with .to(dtype)",
                    name(source.dtype()), name(dtype())));
  }
  detail::check_has_values(mask, "masked_scatter_", "the mask");
  const Tensor at = ct::nonzero(mask.expand(shape()));
  const int64_t count = at.size(0);
  if (source.numel() < count) {
    throw ValueError(
        fmt::format("masked_scatter_: the mask names {} elements, but the source has only {}",
                    count, source.numel()));
  }
  if (dim() == 0) {
    if (count > 0) copy_(source.reshape({-1}).select(0, 0));
    return *this;
  }
  std::vector<Index> indices;
  for (int64_t i = 0; i < dim(); ++i) indices.emplace_back(at.select(1, i));
  return index_put_(indices, source.reshape({-1}).narrow(0, 0, count));
}

Tensor& Tensor::masked_fill_(const Tensor& mask, const Scalar& value) {
  check_mask("masked_fill_", *this, mask);
  check_value("masked_fill_", *this, value.is_floating());
  const Scalar number = dtype() == bool_ ? Scalar(value.to<int64_t>() != 0) : value;
  ops::apply_in_place("masked_fill", fill_program(false), *this, {&mask}, {number});
  return *this;
}

Tensor& Tensor::masked_fill_(const Tensor& mask, const Tensor& value) {
  check_mask("masked_fill_", *this, mask);
  check_value("masked_fill_", *this, value);
  const Tensor number = value.to(dtype());
  ops::apply_in_place("masked_fill", fill_program(true), *this, {&mask, &number});
  return *this;
}

Tensor Tensor::masked_fill(const Tensor& mask, const Scalar& value) const {
  return ct::masked_fill(*this, mask, value);
}
Tensor Tensor::masked_fill(const Tensor& mask, const Tensor& value) const {
  return ct::masked_fill(*this, mask, value);
}
Tensor Tensor::masked_select(const Tensor& mask) const { return ct::masked_select(*this, mask); }
Tensor Tensor::masked_scatter(const Tensor& mask, const Tensor& source) const {
  return ct::masked_scatter(*this, mask, source);
}
Tensor Tensor::nonzero() const { return ct::nonzero(*this); }

}  // namespace ct
