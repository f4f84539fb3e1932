// Views: no element is moved. A view of a tensor that requires grad is recorded, and its backward
// is the opposite view, or puts the gradient into zeros through the same view.
#include "ops/view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/reduce.hpp"
#include "ops/apply.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;

namespace ops {

/// Zeros of `shape` with `g` written where `view` looks. Differentiable: its gradient is the view.
template <class View>
Tensor embed(const char* name, const Tensor& g, const Shape& shape, const View& view) {
  Tensor out = detail::make_tensor(shape, g.dtype(), detail::impl(g).backend());
  detail::fill_unrecorded(out, 0);
  {
    const NoGradGuard off;
    detail::copy_unrecorded(view(out), g);
  }
  autograd::record(name, {&out}, {&g}, [&](const Recording&) {
    return [view](std::span<const Tensor> gg, Gradients& d) { d[0] = view(gg[0]); };
  });
  return out;
}

namespace {
/// Records `out` as a view of `base`; backward(g) gives the base's gradient.
template <class Backward>
Tensor record_view(const char* name, const Tensor& base, Tensor out, Backward&& backward) {
  if (!autograd::recording({&base})) return out;
  detail::impl(out).differentiable_view = true;
  detail::impl(out).view_rebased = detail::impl(out).storage->rebased.load();
  autograd::record(name, {&out}, {&base}, [&](const Recording&) {
    return [backward = std::forward<Backward>(backward)](std::span<const Tensor> g, Gradients& d) {
      d[0] = backward(g[0]);
    };
  });
  return out;
}

/// For views that leave elements out.
template <class View>
Tensor record_part(const char* name, const Tensor& base, Tensor out, const View& view) {
  return record_view(
      name, base, std::move(out),
      [name, view, shape = base.shape()](const Tensor& g) { return embed(name, g, shape, view); });
}

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
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] == -1) {
      if (unknown >= 0) {
        throw ShapeError(fmt::format("{}: only one size may be -1: {}", op, to_string(shape)));
      }
      unknown = i;
    } else if (shape[i] < 0) {
      throw ShapeError(fmt::format("{}: sizes must not be negative: {}", op, to_string(shape)));
    } else {
      known *= shape[i];
    }
  }
  const int64_t count = t.numel();
  if (unknown >= 0 && known != 0 && count % known == 0) shape[unknown] = count / known;
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

using ops::record_part;
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
  const int a = normalize_axis(axis, shape.rank(), "squeeze");
  if (shape[a] == 1) {
    shape.erase(a);
    strides.erase(a);
  }
  return ops::reshaped_view("squeeze", *this, shape, strides);
}

Tensor Tensor::unsqueeze(int64_t axis) const {
  Shape shape = this->shape();
  Strides strides = this->strides();
  const int a = normalize_axis(axis, shape.rank() + 1, "unsqueeze");
  const int64_t stride = a < shape.rank() ? shape[a] * strides[a] : 1;
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
  const int i = normalize_axis(a, t.shape.rank(), "transpose");
  const int j = normalize_axis(b, t.shape.rank(), "transpose");
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
  return record_view("expand", *this, detail::make_view(*this, shape, strides, t.offset),
                     [old = t.shape](const Tensor& g) { return sum_to(g, old); });
}

Tensor Tensor::select(int64_t axis, int64_t index) const {
  detail::check_defined(*this, "select", "self");
  const TensorImpl& t = detail::impl(*this);
  const int a = normalize_axis(axis, t.shape.rank(), "select");
  const int64_t i = index < 0 ? index + t.shape[a] : index;
  if (i < 0 || i >= t.shape[a]) {
    throw IndexError(
        fmt::format("select: index {} is out of range for axis {} of size {}: shape {}", index, a,
                    t.shape[a], ct::to_string(t.shape)));
  }
  Shape shape = t.shape;
  Strides strides = t.strides;
  shape.erase(a);
  strides.erase(a);
  return record_part("select", *this,
                     detail::make_view(*this, shape, strides, t.offset + i * t.strides[a]),
                     [a, i](const Tensor& x) { return x.select(a, i); });
}

Tensor Tensor::slice(int64_t axis, const Slice& s) const {
  detail::check_defined(*this, "slice", "self");
  const TensorImpl& t = detail::impl(*this);
  const int a = normalize_axis(axis, t.shape.rank(), "slice");
  if (s.step == 0) {
    throw ValueError(
        fmt::format("slice: step must not be 0: axis {} of shape {}", a, ct::to_string(t.shape)));
  }
  // NumPy's rules: negative positions count from the end, then everything is clipped.
  const int64_t n = t.shape[a];
  const int64_t low = s.step > 0 ? 0 : -1;
  const int64_t high = s.step > 0 ? n : n - 1;
  const auto clip = [&](int64_t p) { return std::clamp(p < 0 ? p + n : p, low, high); };
  const int64_t start = s.start ? clip(*s.start) : (s.step > 0 ? low : high);
  const int64_t stop = s.stop ? clip(*s.stop) : (s.step > 0 ? high : low);
  const int64_t span = s.step > 0 ? stop - start : start - stop;
  const int64_t magnitude = s.step > 0 ? s.step : -s.step;
  const int64_t count = span <= 0 ? 0 : (span + magnitude - 1) / magnitude;
  Shape shape = t.shape;
  Strides strides = t.strides;
  shape[a] = count;
  strides[a] = t.strides[a] * s.step;
  const int64_t offset = count == 0 ? t.offset : t.offset + start * t.strides[a];
  return record_part("slice", *this, detail::make_view(*this, shape, strides, offset),
                     [a, s](const Tensor& x) { return x.slice(a, s); });
}

Tensor Tensor::narrow(int64_t axis, int64_t start, int64_t length) const {
  const int a = normalize_axis(axis, shape().rank(), "narrow");
  const int64_t first = start < 0 ? start + shape()[a] : start;
  if (first < 0 || length < 0 || first + length > shape()[a]) {
    throw IndexError(
        fmt::format("narrow: start {} and length {} do not fit axis {} of size {}: shape {}", start,
                    length, a, shape()[a], ct::to_string(shape())));
  }
  return slice(a, Slice(first, first + length));
}

Tensor Tensor::index(std::span<const Index> indices) const {
  detail::check_defined(*this, "index", "self");
  int named = 0;
  int ellipses = 0;
  for (const Index& i : indices) {
    if (std::holds_alternative<EllipsisType>(i.value())) ++ellipses;
    if (std::holds_alternative<int64_t>(i.value()) || std::holds_alternative<Slice>(i.value())) {
      ++named;
    }
  }
  if (ellipses > 1) {
    throw IndexError(fmt::format("index: {} ellipses: only one is possible", ellipses));
  }
  if (named > dim()) {
    throw IndexError(fmt::format("index: {} indices for {} axes: shape {}", named, dim(),
                                 ct::to_string(shape())));
  }
  const auto apply = [list = std::vector<Index>(indices.begin(), indices.end()),
                      rest = dim() - named](const Tensor& x) {
    Tensor out = x;
    int64_t axis = 0;
    for (const Index& i : list) {
      if (const auto* at = std::get_if<int64_t>(&i.value())) {
        out = out.select(axis, *at);
      } else if (const auto* s = std::get_if<Slice>(&i.value())) {
        out = out.slice(axis++, *s);
      } else if (std::holds_alternative<NoneType>(i.value())) {
        out = out.unsqueeze(axis++);
      } else {
        axis += rest;
      }
    }
    return out;
  };
  // One node for the whole index, not one for each part.
  Tensor out;
  {
    const NoGradGuard off;
    out = apply(*this);
  }
  if (out.impl() == impl_) return *this;
  return record_part("index", *this, std::move(out), apply);
}

Tensor Tensor::as_strided(const Shape& shape, const Strides& strides, int64_t offset) const {
  detail::check_defined(*this, "as_strided", "self");
  const TensorImpl& t = detail::impl(*this);
  if (shape.rank() != strides.rank()) {
    throw ShapeError(fmt::format("as_strided: shape {} and strides {} differ in rank",
                                 ct::to_string(shape), ct::to_string(strides)));
  }
  int64_t low = offset;
  int64_t high = offset;
  for (int i = 0; i < shape.rank(); ++i) {
    (strides[i] < 0 ? low : high) += strides[i] * std::max<int64_t>(shape[i] - 1, 0);
  }
  const auto elements = static_cast<int64_t>(t.storage->bytes / item_size(t.dtype));
  if (ct::numel(shape) > 0 && (low < 0 || high >= elements)) {
    throw IndexError(
        fmt::format("as_strided: shape {}, strides {} and offset {} reach elements {} to {}: the "
                    "storage has {}",
                    ct::to_string(shape), ct::to_string(strides), offset, low, high, elements));
  }
  if (autograd::recording({this})) {
    throw AutogradError(
        fmt::format("as_strided: the tensor {} requires grad: this view has no gradient; use "
                    "slices, or detach()",
                    ct::to_string(t.shape)));
  }
  return detail::make_view(*this, shape, strides, offset);
}

}  // namespace ct
