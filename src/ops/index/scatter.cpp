// Placing along an axis: scatter and its relatives, out of place and in place. Of values assigned
// to one place the last stays, and it alone gets the gradient.
#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/indexing.hpp"
#include "ops/autocast.hpp"
#include "ops/index/index.hpp"
#include "ops/pointwise/apply.hpp"
#include "ops/pointwise/copy.hpp"
#include "ops/pointwise/in_place.hpp"
#include "ops/pointwise/wide.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;
using detail::impl;

namespace ops {

void run_scatter(ScatterMode mode, const Tensor& out, int axis, const Tensor& index,
                 const Tensor& src, const IndexCheck* check) {
  ScatterArgs args;
  args.mode = mode;
  args.axis = axis;
  args.src = detail::view_of(src);
  args.index = detail::view_of(index);
  args.out = detail::view_of(out);
  args.check = check;
  if (src.numel() > 0) impl(out).kernels().scatter(args);
}

Tensor number_like(const Tensor& like, const Scalar& value, const Shape& shape) {
  return full({}, value, {.dtype = like.dtype(), .device = like.device()}).expand(shape);
}

}  // namespace ops

namespace {

/// Which places of `index` are the last to name theirs.
Tensor last_of(const Tensor& index, int axis, const Shape& shape) {
  const NoGradGuard off;
  const Tensor numbers =
      arange(index.numel(), {.dtype = int64, .device = index.device()}).reshape(index.shape());
  const Tensor table = detail::make_tensor(shape, int64, impl(index).backend());
  ops::run_scatter(ScatterMode::assign, ops::corner_of(table, index.shape(), axis), axis, index,
                   numbers);
  return ops::gather_checked("gather", ops::corner_of(table, index.shape(), axis), axis, index) ==
         numbers;
}

enum class Where { copy, in_place };

/// Checked arguments; src of index's shape. `check`: what the device is to check. Returns `self`
/// itself in place.
Tensor place(const char* name, Where where_to, ScatterMode mode, const Tensor& self, int axis,
             const Tensor& index, const Tensor& src, const IndexCheck* check = nullptr) {
  const bool in_place = where_to == Where::in_place;
  Tensor out = self;
  Tensor from = src;
  Tensor at = index;
  if (in_place) {
    ops::check_in_place(name, self, {&src});
    ops::check_no_overlap(name, self);
    if (src.shares_storage(self)) from = ops::dense_copy(src, src.dtype());
    if (index.shares_storage(self)) at = ops::dense_copy(index, int64);
    if (check != nullptr && index.shares_storage(self)) {
      ops::check_on_device(index, *check);
      check = nullptr;
    }
  } else {
    out = ops::dense_copy(self, self.dtype());
  }
  {
    const NoGradGuard off;
    ops::run_scatter(mode, ops::corner_of(out, index.shape(), axis), axis, at, from, check);
  }
  if (in_place) impl(self).bump_version();
  if (!is_floating(self.dtype()) || !autograd::recording({&self, &src})) return out;
  autograd::record(name, {&out}, {&self, &src}, [&](const Recording& r) {
    return [name, mode, axis, saved = r.save_extra(at)](std::span<const Tensor> g, Gradients& d) {
      const Tensor picked_at = saved.get();
      const bool assigned = mode == ScatterMode::assign;
      if (d.needed(0)) {
        d[0] = assigned ? place(name, Where::copy, mode, g[0], axis, picked_at,
                                ops::number_like(g[0], 0, picked_at.shape()))
                        : g[0];
      }
      if (!d.needed(1)) return;
      d[1] = ops::gather_checked("gather", ops::corner_of(g[0], picked_at.shape(), axis), axis,
                                 picked_at);
      if (assigned) {
        d[1] = d[1].masked_fill(logical_not(last_of(picked_at, axis, g[0].shape())), 0);
      }
    };
  });
  if (in_place) ops::history_replaced(out);
  return out;
}

void check_operands(const char* op, const Tensor& x, const Tensor& index, const Tensor* src) {
  detail::check_defined(x, op, "x");
  detail::check_defined(index, op, "index");
  detail::check_same_device(x, index, op);
  if (src == nullptr) return;
  detail::check_defined(*src, op, "src");
  detail::check_same_device(x, *src, op);
  if (src->dtype() != x.dtype()) {
    throw DTypeError(fmt::format(
        "{}: src is {} {} and the tensor {} {}; convert one with .to(dtype)", op,
        name(src->dtype()), to_string(src->shape()), name(x.dtype()), to_string(x.shape())));
  }
}

void check_number(const char* op, const Tensor& x, const Scalar& value) {
  if (value.is_floating() && !is_floating(x.dtype())) {
    throw DTypeError(fmt::format("{}: the value is a float: it cannot be stored in {} {}", op,
                                 name(x.dtype()), to_string(x.shape())));
  }
}

}  // namespace

int ops::check_scatter(const char* op, const Tensor& x, int64_t axis, const Tensor& index,
                       const Tensor* src, IndexFacts& facts) {
  check_operands(op, x, index, src);
  const int rank = static_cast<int>(x.dim());
  const int a = normalize_axis(axis, rank, op);
  bool fits = index.dim() == rank && (src == nullptr || src->dim() == rank);
  for (int i = 0; fits && i < rank; ++i) {
    fits = (i == a || index.shape()[i] <= x.shape()[i]) &&
           (src == nullptr || index.shape()[i] <= src->shape()[i]);
  }
  if (!fits) {
    throw ShapeError(
        fmt::format("{}: index shape {} does not fit{}{} into {}: all need the same rank, and the "
                    "index sizes no "
                    "larger than src's, and than the tensor's on all axes but {}",
                    op, to_string(index.shape()), src != nullptr ? " src " : "",
                    src != nullptr ? to_string(src->shape()) : "", to_string(x.shape()), a));
  }
  facts = check_index(op, index, x.shape()[a], a);
  return a;
}

namespace {

/// scatter: index of x's rank.
Tensor scattered(const char* op, Where where_to, ScatterMode mode, const Tensor& x, int64_t axis,
                 const Tensor& index, const Tensor* src, const Scalar& value) {
  check_operands(op, x, index, src);
  if (x.dim() == 0) {
    const Tensor row = src != nullptr ? ops::row_of(*src) : Tensor();
    return scattered(op, where_to, mode, ops::row_of(x), axis, ops::row_of(index),
                     src != nullptr ? &row : nullptr, value)
        .reshape({});
  }
  ops::IndexFacts facts;
  const int a = ops::check_scatter(op, x, axis, index, src, facts);
  if (src == nullptr) check_number(op, x, value);
  return place(op, where_to, mode, x, a, index,
               src != nullptr ? ops::corner_of(*src, index.shape())
                              : ops::number_like(x, value, index.shape()),
               facts.unseen());
}

/// index_…: index (k), src of x's shape but k along the axis.
Tensor placed(const char* op, Where where_to, ScatterMode mode, const Tensor& x, int64_t axis,
              const Tensor& index, const Tensor* src, const Scalar& value) {
  check_operands(op, x, index, src);
  if (x.dim() == 0) {
    const Tensor row = src != nullptr ? ops::row_of(*src) : Tensor();
    return placed(op, where_to, mode, ops::row_of(x), axis, index, src != nullptr ? &row : nullptr,
                  value)
        .reshape({});
  }
  const int a = normalize_axis(axis, static_cast<int>(x.dim()), op);
  Shape shape = x.shape();
  shape[a] = index.numel();
  if (index.dim() > 1 || (src != nullptr && src->shape() != shape)) {
    throw ShapeError(fmt::format(
        "{}: index {} and src {} do not fit {}: the index needs one axis, src the shape {}", op,
        to_string(index.shape()), src != nullptr ? to_string(src->shape()) : "a number",
        to_string(x.shape()), to_string(shape)));
  }
  if (src == nullptr) check_number(op, x, value);
  const ops::IndexFacts facts = ops::check_index(op, index, x.shape()[a], a);
  return place(op, where_to, mode, x, a, ops::index_along(index, shape, a),
               src != nullptr ? *src : ops::number_like(x, value, shape), facts.unseen());
}

Tensor scaled(const Tensor& src, const Scalar& alpha) {
  return alpha.to<double>() == 1.0 ? src : src * alpha;
}
/// Whether scaled() would round, so that what it is added to must be wide as well.
bool scaling_rounds(const Tensor& x, const Scalar& alpha) {
  return x.defined() && ops::is_narrow(x) && alpha.to<double>() != 1.0;
}

}  // namespace

Tensor scatter(const Tensor& x, int64_t axis, const Tensor& index, const Tensor& src) {
  return scattered("scatter", Where::copy, ScatterMode::assign, x, axis, index, &src, 0);
}
Tensor scatter(const Tensor& x, int64_t axis, const Tensor& index, const Scalar& value) {
  return scattered("scatter", Where::copy, ScatterMode::assign, x, axis, index, nullptr, value);
}
Tensor scatter_add(const Tensor& x, int64_t axis, const Tensor& index, const Tensor& src) {
  if (const ops::Autocast cast{"scatter_add", {&x, &src}}) {
    return scatter_add(cast(x), axis, index, cast(src));
  }
  return scattered("scatter_add", Where::copy, ScatterMode::add, x, axis, index, &src, 0);
}
Tensor index_add(const Tensor& x, int64_t axis, const Tensor& index, const Tensor& src,
                 const Scalar& alpha) {
  if (const ops::Autocast cast{"index_add", {&x, &src}}) {
    return index_add(cast(x), axis, index, cast(src), alpha);
  }
  if (scaling_rounds(x, alpha)) {
    return index_add(ops::wide(x), axis, index, ops::wide(src), alpha).to(x.dtype());
  }
  const Tensor s = scaled(src, alpha);
  return placed("index_add", Where::copy, ScatterMode::add, x, axis, index, &s, 0);
}
Tensor index_copy(const Tensor& x, int64_t axis, const Tensor& index, const Tensor& src) {
  if (const ops::Autocast cast{"index_copy", {&x, &src}}) {
    return index_copy(cast(x), axis, index, cast(src));
  }
  return placed("index_copy", Where::copy, ScatterMode::assign, x, axis, index, &src, 0);
}
Tensor index_fill(const Tensor& x, int64_t axis, const Tensor& index, const Scalar& value) {
  return placed("index_fill", Where::copy, ScatterMode::assign, x, axis, index, nullptr, value);
}

Tensor Tensor::scatter(int64_t axis, const Tensor& index, const Tensor& src) const {
  return ct::scatter(*this, axis, index, src);
}
Tensor Tensor::scatter(int64_t axis, const Tensor& index, const Scalar& value) const {
  return ct::scatter(*this, axis, index, value);
}
Tensor Tensor::scatter_add(int64_t axis, const Tensor& index, const Tensor& src) const {
  return ct::scatter_add(*this, axis, index, src);
}
Tensor Tensor::index_add(int64_t axis, const Tensor& index, const Tensor& src,
                         const Scalar& alpha) const {
  return ct::index_add(*this, axis, index, src, alpha);
}
Tensor Tensor::index_copy(int64_t axis, const Tensor& index, const Tensor& src) const {
  return ct::index_copy(*this, axis, index, src);
}
Tensor Tensor::index_fill(int64_t axis, const Tensor& index, const Scalar& value) const {
  return ct::index_fill(*this, axis, index, value);
}

Tensor& Tensor::scatter_(int64_t axis, const Tensor& index, const Tensor& src) {
  scattered("scatter", Where::in_place, ScatterMode::assign, *this, axis, index, &src, 0);
  return *this;
}
Tensor& Tensor::scatter_(int64_t axis, const Tensor& index, const Scalar& value) {
  scattered("scatter", Where::in_place, ScatterMode::assign, *this, axis, index, nullptr, value);
  return *this;
}
Tensor& Tensor::scatter_add_(int64_t axis, const Tensor& index, const Tensor& src) {
  scattered("scatter_add", Where::in_place, ScatterMode::add, *this, axis, index, &src, 0);
  return *this;
}
Tensor& Tensor::index_add_(int64_t axis, const Tensor& index, const Tensor& src,
                           const Scalar& alpha) {
  if (scaling_rounds(*this, alpha)) {
    ops::check_in_place("index_add", *this, {&src});
    const bool recorded = autograd::recording({this, &src});
    const Tensor before = recorded ? ops::previous(*this, true) : *this;
    return copy_(ct::index_add(before, axis, index, src, alpha));
  }
  const Tensor s = scaled(src, alpha);
  placed("index_add", Where::in_place, ScatterMode::add, *this, axis, index, &s, 0);
  return *this;
}
Tensor& Tensor::index_copy_(int64_t axis, const Tensor& index, const Tensor& src) {
  placed("index_copy", Where::in_place, ScatterMode::assign, *this, axis, index, &src, 0);
  return *this;
}
Tensor& Tensor::index_fill_(int64_t axis, const Tensor& index, const Scalar& value) {
  placed("index_fill", Where::in_place, ScatterMode::assign, *this, axis, index, nullptr, value);
  return *this;
}

}  // namespace ct
