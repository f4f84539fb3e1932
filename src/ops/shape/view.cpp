// Views that show all elements: another shape, another order of axes. No element is moved; the
// backward of such a view is the opposite one. Views of a part: slicing.cpp.
#include "ops/shape/view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/reduce.hpp"
#include "ops/pointwise/apply.hpp"

namespace ct {

namespace ops {

void mark_view(const Tensor& base, const Tensor& out) {
  const TensorImpl& b = detail::impl(base);
  if (!is_differentiable(b.dtype)) return;
  if (b.outdated()) autograd::refresh_view(base);
  TensorImpl& o = detail::impl(out);
  o.base = b.base.defined() ? b.base : base;
  o.unrecorded_view = !autograd::recording() || b.unrecorded_view;
  o.history = detail::impl(o.base).history.load(std::memory_order_relaxed);
}

namespace {

/// Strides with which `shape` sees the elements of (old_shape, old_strides) in the same order, if
/// there are any.
bool view_strides(const Shape& old_shape, const Strides& old_strides, const Shape& shape,
                  Strides& strides) {
  strides = Strides::filled(shape.rank(), 1);
  if (numel(shape) == 0) {
    strides = contiguous_strides(shape);
    return true;
  }
  int v = shape.rank() - 1;
  int64_t chunk_stride = old_shape.empty() ? 1 : old_strides.back();
  int64_t chunk = 1;
  int64_t viewed = 1;
  for (int o = old_shape.rank() - 1; o >= 0; --o) {
    chunk *= old_shape[o];
    const bool chunk_ends =
        o == 0 || (old_shape[o - 1] != 1 && old_strides[o - 1] != chunk * chunk_stride);
    if (!chunk_ends) continue;
    while (v >= 0 && (viewed < chunk || shape[v] == 1)) {
      strides[v] = viewed * chunk_stride;
      viewed *= shape[v];
      --v;
    }
    if (viewed != chunk) return false;
    if (o > 0) {
      chunk_stride = old_strides[o - 1];
      chunk = 1;
      viewed = 1;
    }
  }
  while (v >= 0 && shape[v] == 1) strides[v--] = viewed * chunk_stride;
  return v < 0;
}

Shape resolve_shape(const char* op, const Tensor& t, Shape shape) {
  int unknown = -1;
  int64_t known = 1;
  bool empty = false;
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] == -1) {
      if (unknown >= 0) {
        throw ShapeError(fmt::format("{}: only one size may be -1: {}", op, to_string(shape)));
      }
      unknown = i;
    } else if (shape[i] < 0) {
      throw ShapeError(fmt::format("{}: sizes must not be negative: {}", op, to_string(shape)));
    } else {
      known = checked_mul(op, known, std::max<int64_t>(shape[i], 1));
      empty = empty || shape[i] == 0;
    }
  }
  const int64_t count = t.numel();
  if (unknown >= 0 && empty && count == 0) {
    throw ShapeError(
        fmt::format("{}: the size -1 could be any: shape {} has no elements, and {} has none "
                    "whatever it is; write the size",
                    op, to_string(t.shape()), to_string(shape)));
  }
  if (unknown >= 0 && !empty && count % known == 0) shape[unknown] = count / known;
  if (numel(shape) != count || (unknown >= 0 && shape[unknown] < 0)) {
    throw ShapeError(fmt::format("{}: {} elements of shape {} do not fit shape {}", op, count,
                                 to_string(t.shape()), to_string(shape)));
  }
  return shape;
}
}  // namespace

Tensor reshaped_view(const char* name, const Tensor& t, const Shape& shape,
                     const Strides& strides) {
  Tensor out = detail::make_view(t, shape, strides, detail::impl(t).offset);
  return record_view(name, t, std::move(out),
                     [old = t.shape()](const Tensor& g) { return g.reshape(old); });
}

}  // namespace ops

using ops::record_view;

Tensor Tensor::view(const Shape& wanted) const {
  detail::check_defined(*this, "view", "self");
  const Shape shape = ops::resolve_shape("view", *this, wanted);
  Strides strides;
  if (!ops::view_strides(this->shape(), this->strides(), shape, strides)) {
    throw ShapeError(fmt::format(
        "view: shape {} with strides {} cannot be seen as {} without a copy; use reshape()",
        ct::to_string(this->shape()), ct::to_string(this->strides()), ct::to_string(shape)));
  }
  return ops::reshaped_view("view", *this, shape, strides);
}

Tensor Tensor::reshape(const Shape& wanted) const {
  detail::check_defined(*this, "reshape", "self");
  const Shape shape = ops::resolve_shape("reshape", *this, wanted);
  Strides strides;
  if (ops::view_strides(this->shape(), this->strides(), shape, strides)) {
    return ops::reshaped_view("reshape", *this, shape, strides);
  }
  return clone().view(shape);
}

Tensor Tensor::flatten(int64_t start, int64_t end) const {
  detail::check_defined(*this, "flatten", "self");
  if (dim() == 0) return reshape({1});
  const int first = normalize_axis(start, static_cast<int>(dim()), "flatten");
  const int last = normalize_axis(end, static_cast<int>(dim()), "flatten");
  if (first > last) {
    throw ValueError(fmt::format("flatten: start {} comes after end {}: shape {}", start, end,
                                 ct::to_string(shape())));
  }
  Shape flat;
  int64_t merged = 1;
  for (int i = 0; i < shape().rank(); ++i) {
    if (i >= first && i <= last) merged *= shape()[i];
    if (i == last) flat.push_back(merged);
    if (i < first || i > last) flat.push_back(shape()[i]);
  }
  return reshape(flat);
}

Tensor Tensor::squeeze() const {
  Shape shape;
  Strides strides;
  for (int i = 0; i < this->shape().rank(); ++i) {
    if (this->shape()[i] == 1) continue;
    shape.push_back(this->shape()[i]);
    strides.push_back(this->strides()[i]);
  }
  return ops::reshaped_view("squeeze", *this, shape, strides);
}

Tensor Tensor::squeeze(int64_t axis) const {
  Shape shape = this->shape();
  Strides strides = this->strides();
  // A number has an axis 0 here, as in PyTorch; likewise below.
  const int a = normalize_axis(axis, std::max(shape.rank(), 1), "squeeze");
  if (!shape.empty() && shape[a] == 1) {
    shape.erase(a);
    strides.erase(a);
  }
  return ops::reshaped_view("squeeze", *this, shape, strides);
}

Tensor Tensor::unsqueeze(int64_t axis) const {
  Shape shape = this->shape();
  Strides strides = this->strides();
  const int a = normalize_axis(axis, shape.rank() + 1, "unsqueeze");
  const int64_t stride = a < shape.rank() ? stride_times(strides[a], shape[a]) : 1;
  shape.insert(a, 1);
  strides.insert(a, stride);
  return ops::reshaped_view("unsqueeze", *this, shape, strides);
}

Tensor Tensor::permute(const Dims& order) const {
  detail::check_defined(*this, "permute", "self");
  const TensorImpl& t = detail::impl(*this);
  const int rank = t.shape.rank();
  if (order.rank() != rank) {
    throw ShapeError(fmt::format("permute: {} axes in the order {}: the tensor has {}: {}",
                                 order.rank(), ct::to_string(order), rank, ct::to_string(t.shape)));
  }
  Dims inverse = Dims::filled(rank, -1);
  Shape shape;
  Strides strides;
  for (int i = 0; i < rank; ++i) {
    const int axis = normalize_axis(order[i], rank, "permute");
    if (inverse[axis] >= 0) {
      throw ValueError(
          fmt::format("permute: axis {} is named twice: order {}", axis, ct::to_string(order)));
    }
    inverse[axis] = i;
    shape.push_back(t.shape[axis]);
    strides.push_back(t.strides[axis]);
  }
  return record_view("permute", *this, detail::make_view(*this, shape, strides, t.offset),
                     [inverse](const Tensor& g) { return g.permute(inverse); });
}

Tensor Tensor::transpose(int64_t a, int64_t b) const {
  detail::check_defined(*this, "transpose", "self");
  const TensorImpl& t = detail::impl(*this);
  const int i = normalize_axis(a, std::max(t.shape.rank(), 1), "transpose");
  const int j = normalize_axis(b, std::max(t.shape.rank(), 1), "transpose");
  if (t.shape.empty()) return view({});
  Shape shape = t.shape;
  Strides strides = t.strides;
  std::swap(shape[i], shape[j]);
  std::swap(strides[i], strides[j]);
  return record_view("transpose", *this, detail::make_view(*this, shape, strides, t.offset),
                     [i, j](const Tensor& g) { return g.transpose(i, j); });
}

Tensor Tensor::t() const {
  if (dim() > 2) {
    throw ShapeError(fmt::format("t: the tensor has shape {}: t() is for matrices; use transpose()",
                                 ct::to_string(shape())));
  }
  return dim() < 2 ? *this : transpose(0, 1);
}

Tensor Tensor::expand(const Shape& wanted) const {
  detail::check_defined(*this, "expand", "self");
  const TensorImpl& t = detail::impl(*this);
  if (wanted == t.shape) return *this;
  const int lead = wanted.rank() - t.shape.rank();
  Shape shape = wanted;
  Strides strides = Strides::filled(wanted.rank(), 0);
  for (int i = 0; i < wanted.rank(); ++i) {
    const bool own = i >= lead && lead >= 0;
    if (shape[i] == -1 && own) shape[i] = t.shape[i - lead];
    if (own && t.shape[i - lead] == shape[i]) strides[i] = t.strides[i - lead];
    if (lead < 0 || shape[i] < 0 ||
        (own && t.shape[i - lead] != shape[i] && t.shape[i - lead] != 1)) {
      throw ShapeError(fmt::format("expand: shape {} does not broadcast to {}",
                                   ct::to_string(t.shape), ct::to_string(wanted)));
    }
  }
  if (lead < 0) {
    throw ShapeError(fmt::format("expand: shape {} does not broadcast to {}",
                                 ct::to_string(t.shape), ct::to_string(wanted)));
  }
  checked_numel("expand", shape);
  return record_view("expand", *this, detail::make_view(*this, shape, strides, t.offset),
                     [old = t.shape](const Tensor& g) { return sum_to(g, old); });
}

Tensor Tensor::unflatten(int64_t axis, const Shape& sizes) const {
  detail::check_defined(*this, "unflatten", "self");
  const int a = normalize_axis(axis, shape().rank(), "unflatten");
  int unknown = -1;
  int64_t known = 1;
  for (int i = 0; i < sizes.rank(); ++i) {
    if (sizes[i] == -1 && unknown < 0) {
      unknown = i;
    } else {
      known = checked_mul("unflatten", known, sizes[i]);
    }
  }
  if (unknown >= 0 && known == 0 && size(a) == 0) {
    throw ShapeError(
        fmt::format("unflatten: the size -1 could be any: axis {} of shape {} has no elements, and "
                    "{} has none whatever it is; write the size",
                    a, ct::to_string(shape()), ct::to_string(sizes)));
  }
  Shape parts = sizes;
  if (unknown >= 0 && known > 0) parts[unknown] = size(a) / known;
  if (sizes.empty() || std::any_of(parts.begin(), parts.end(), [](int64_t n) { return n < 0; }) ||
      checked_numel("unflatten", parts) != size(a)) {
    throw ShapeError(
        fmt::format("unflatten: sizes {} do not multiply to axis {} of size {}: shape {}",
                    ct::to_string(sizes), a, size(a), ct::to_string(shape())));
  }
  Shape whole;
  for (int i = 0; i < shape().rank(); ++i) {
    if (i != a) whole.push_back(shape()[i]);
    for (int j = 0; i == a && j < parts.rank(); ++j) whole.push_back(parts[j]);
  }
  return view(whole);
}

Tensor Tensor::movedim(int64_t from, int64_t to) const { return movedim(Dims{from}, Dims{to}); }

Tensor Tensor::movedim(const Dims& from, const Dims& to) const {
  detail::check_defined(*this, "movedim", "self");
  const int rank = shape().rank();
  if (from.rank() != to.rank()) {
    throw ValueError(fmt::format("movedim: {} axes to {} places: from {} to {}", from.rank(),
                                 to.rank(), ct::to_string(from), ct::to_string(to)));
  }
  Dims order = Dims::filled(rank, -1);
  uint32_t taken = 0;
  for (int i = 0; i < from.rank(); ++i) {
    const int a = normalize_axis(from[i], std::max(rank, 1), "movedim");
    const int b = normalize_axis(to[i], std::max(rank, 1), "movedim");
    if (rank == 0) return view({});
    if ((taken >> a & 1U) != 0 || order[b] >= 0) {
      throw ValueError(fmt::format("movedim: an axis is named twice: from {} to {}",
                                   ct::to_string(from), ct::to_string(to)));
    }
    taken |= 1U << a;
    order[b] = a;
  }
  // The others keep their order in the places that are left.
  int next = 0;
  for (int i = 0; i < rank; ++i) {
    if (order[i] >= 0) continue;
    while ((taken >> next & 1U) != 0) ++next;
    order[i] = next++;
  }
  return permute(order);
}

Tensor Tensor::expand_as(const Tensor& other) const { return expand(other.shape()); }
Tensor Tensor::view_as(const Tensor& other) const { return view(other.shape()); }
Tensor Tensor::reshape_as(const Tensor& other) const { return reshape(other.shape()); }

}  // namespace ct
