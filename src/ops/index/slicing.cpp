// Views of a part of a tensor: picking positions, ranges, diagonals and windows of axes, and lists
// of such views. Their backward puts the gradient into zeros through the same view.
#include <fmt/format.h>

#include <algorithm>

#include "core/view/integer.hpp"
#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/shape/strided.hpp"
#include "ops/shape/view.hpp"

namespace ct {

using ops::record_part;

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
  // A step beyond the span takes the first element alone, as the span does.
  const int64_t step = static_cast<int64_t>(
      std::min(magnitude(s.step), static_cast<uint64_t>(std::max<int64_t>(n, 1))));
  const int64_t count = span <= 0 ? 0 : ceil_div(span, step);
  Shape shape = t.shape;
  Strides strides = t.strides;
  shape[a] = count;
  strides[a] = stride_times(t.strides[a], s.step);
  const int64_t offset = count == 0 ? t.offset : t.offset + start * t.strides[a];
  return record_part("slice", *this, detail::make_view(*this, shape, strides, offset),
                     [a, s](const Tensor& x) { return x.slice(a, s); });
}

Tensor Tensor::narrow(int64_t axis, int64_t start, int64_t length) const {
  const int a = normalize_axis(axis, shape().rank(), "narrow");
  const int64_t first = start < 0 ? start + shape()[a] : start;
  if (first < 0 || length < 0 || length > shape()[a] - first) {
    throw IndexError(
        fmt::format("narrow: start {} and length {} do not fit axis {} of size {}: shape {}", start,
                    length, a, shape()[a], ct::to_string(shape())));
  }
  return slice(a, Slice(first, first + length));
}

Tensor Tensor::as_strided(const Shape& shape, const Strides& strides, int64_t offset) const {
  detail::check_defined(*this, "as_strided", "self");
  const TensorImpl& t = detail::impl(*this);
  if (shape.rank() != strides.rank()) {
    throw ShapeError(fmt::format("as_strided: shape {} and strides {} differ in rank",
                                 ct::to_string(shape), ct::to_string(strides)));
  }
  const int64_t count = checked_numel("as_strided", shape);
  const auto reach = reach_of(shape, strides, offset);
  const auto elements = static_cast<int64_t>(t.storage->bytes / item_size(t.dtype));
  if (!reach || (count > 0 && (reach->low < 0 || reach->high >= elements))) {
    throw IndexError(fmt::format(
        "as_strided: shape {}, strides {} and offset {} reach {}: the storage has {}",
        ct::to_string(shape), ct::to_string(strides), offset,
        reach ? fmt::format("elements {} to {}", reach->low, reach->high) : "beyond any memory",
        elements));
  }
  // Where nothing is seen the offset says nothing, and need not lie inside.
  const ops::Layout seen{shape, usable_strides(shape, strides), count > 0 ? offset : t.offset};
  return ops::record_view("as_strided", *this,
                          detail::make_view(*this, seen.shape, seen.strides, seen.offset),
                          [own = ops::layout_of(*this), seen](const Tensor& g) {
                            return ops::strided_embed(g, own, seen);
                          });
}

Tensor Tensor::diagonal(int64_t offset, int64_t axis1, int64_t axis2) const {
  detail::check_defined(*this, "diagonal", "self");
  const TensorImpl& t = detail::impl(*this);
  const int a = normalize_axis(axis1, t.shape.rank(), "diagonal");
  const int b = normalize_axis(axis2, t.shape.rank(), "diagonal");
  if (a == b) {
    throw ValueError(fmt::format("diagonal: axes {} and {} are the same: shape {}", axis1, axis2,
                                 ct::to_string(t.shape)));
  }
  const int64_t rows = offset < 0 ? t.shape[a] + offset : t.shape[a];
  const int64_t columns = offset < 0 ? t.shape[b] : t.shape[b] - offset;
  const int64_t count = std::max<int64_t>(0, std::min(rows, columns));
  const int64_t skipped = count == 0   ? 0
                          : offset < 0 ? -offset * t.strides[a]
                                       : offset * t.strides[b];
  Shape shape = t.shape;
  Strides strides = t.strides;
  shape.erase(std::max(a, b));
  shape.erase(std::min(a, b));
  strides.erase(std::max(a, b));
  strides.erase(std::min(a, b));
  shape.push_back(count);
  strides.push_back(stride_plus(t.strides[a], t.strides[b]));
  return record_part("diagonal", *this,
                     detail::make_view(*this, shape, strides, t.offset + skipped),
                     [offset, a, b](const Tensor& x) { return x.diagonal(offset, a, b); });
}

namespace {

/// unfold's transpose: windows (…, count, …, size) added up where they overlap, in `shape`.
Tensor fold_back(const Tensor& windows, const Shape& shape, int axis, int64_t step) {
  Tensor out = detail::make_tensor(shape, compute_type(windows.dtype()),  // wide while it grows
                                   detail::impl(windows).backend());
  detail::fill_unrecorded(out, 0);
  const int64_t size = windows.size(-1);
  {
    const NoGradGuard off;
    const int64_t count = windows.size(axis);
    // One element of every window at a time: those never meet.
    for (int64_t i = 0; i < size && windows.numel() > 0; ++i) {
      out.slice(axis, Slice(i, i + (count - 1) * step + 1, step)).add_(windows.select(-1, i));
    }
  }
  autograd::record("unfold_backward", {&out}, {&windows}, [&](const autograd::Recording&) {
    return [axis, size, step](std::span<const Tensor> g, autograd::Gradients& d) {
      d[0] = g[0].unfold(axis, size, step);
    };
  });
  return out;
}

}  // namespace

Tensor Tensor::unfold(int64_t axis, int64_t size, int64_t step) const {
  detail::check_defined(*this, "unfold", "self");
  const TensorImpl& t = detail::impl(*this);
  // A number is one window of size 1 or 0.
  const bool number = t.shape.empty();
  const int a = normalize_axis(axis, number ? 1 : t.shape.rank(), "unfold");
  const int64_t length = number ? 1 : t.shape[a];
  if (size < 0 || size > length || step <= 0) {
    throw ValueError(fmt::format(
        "unfold: windows of size {} and step {} do not fit axis {} of size {}: shape {}", size,
        step, a, length, ct::to_string(t.shape)));
  }
  if (number) return unsqueeze(0).slice(0, Slice(0, size));
  Shape shape = t.shape;
  Strides strides = t.strides;
  shape[a] = (length - size) / step + 1;
  strides[a] = stride_times(t.strides[a], step);
  shape.push_back(size);
  strides.push_back(t.strides[a]);
  checked_numel("unfold", shape);
  return ops::record_view(
      "unfold", *this, detail::make_view(*this, shape, strides, t.offset),
      [a, step, old = t.shape](const Tensor& g) { return fold_back(g, old, a, step); });
}

namespace {
int axis_to_split(const char* op, const Tensor& x, int64_t axis) {
  detail::check_defined(x, op, "x");
  return normalize_axis(axis, static_cast<int>(x.dim()), op);
}

/// A list of tensors is in the host's memory, whatever they show: of more than this it would be a
/// mistake that ends the process.
void check_list(const char* op, int64_t tensors) {
  constexpr int64_t kMost = int64_t{1} << 24;
  if (tensors <= kMost) return;
  throw ValueError(fmt::format("{}: a list of {} tensors is too long: at most {} can be made", op,
                               tensors, kMost));
}
}  // namespace

Tensors split(const Tensor& x, int64_t size, int64_t axis) {
  const int a = axis_to_split("split", x, axis);
  const int64_t length = x.shape()[a];
  if (size < 0 || (size == 0 && length > 0)) {
    throw ValueError(fmt::format("split: the size must be positive: {}", size));
  }
  if (size > 0) check_list("split", ceil_div(length, size));
  Tensors parts;
  int64_t start = 0;
  do {
    parts.push_back(x.narrow(a, start, std::min(size, length - start)));
    start += parts.back().shape()[a];
  } while (start < length);
  return parts;
}

Tensors split(const Tensor& x, std::span<const int64_t> sizes, int64_t axis) {
  const int a = axis_to_split("split", x, axis);
  int64_t total = 0;
  for (const int64_t size : sizes) total = checked_add("split", total, std::max<int64_t>(size, 0));
  if (total != x.shape()[a] ||
      std::any_of(sizes.begin(), sizes.end(), [](int64_t n) { return n < 0; })) {
    throw ShapeError(fmt::format(
        "split: {} sizes of sum {} for axis {} of size {}: they must be its size, none negative",
        sizes.size(), total, a, x.shape()[a]));
  }
  Tensors parts;
  int64_t start = 0;
  for (const int64_t size : sizes) {
    parts.push_back(x.narrow(a, start, size));
    start += size;
  }
  return parts;
}

Tensors chunk(const Tensor& x, int64_t chunks, int64_t axis) {
  const int a = axis_to_split("chunk", x, axis);
  if (chunks <= 0) {
    throw ValueError(fmt::format("chunk: the number of chunks must be positive: {}", chunks));
  }
  if (x.shape()[a] == 0) {
    check_list("chunk", chunks);
    return Tensors(static_cast<size_t>(chunks), x.narrow(a, 0, 0));
  }
  return split(x, ceil_div(x.shape()[a], chunks), a);
}

Tensors tensor_split(const Tensor& x, int64_t sections, int64_t axis) {
  const int a = axis_to_split("tensor_split", x, axis);
  if (sections <= 0) {
    throw ValueError(
        fmt::format("tensor_split: the number of sections must be positive: {}", sections));
  }
  check_list("tensor_split", sections);
  Tensors parts;
  int64_t start = 0;
  for (int64_t i = 0; i < sections; ++i) {
    const int64_t size = x.shape()[a] / sections + (i < x.shape()[a] % sections ? 1 : 0);
    parts.push_back(x.narrow(a, start, size));
    start += size;
  }
  return parts;
}

Tensors tensor_split(const Tensor& x, std::span<const int64_t> at, int64_t axis) {
  const int a = axis_to_split("tensor_split", x, axis);
  Tensors parts;
  std::optional<int64_t> start;
  for (const int64_t stop : at) {
    parts.push_back(x.slice(a, Slice(start, stop)));
    start = stop;
  }
  parts.push_back(x.slice(a, Slice(start)));
  return parts;
}

Tensors unbind(const Tensor& x, int64_t axis) {
  const int a = axis_to_split("unbind", x, axis);
  check_list("unbind", x.shape()[a]);
  Tensors parts;
  for (int64_t i = 0; i < x.shape()[a]; ++i) parts.push_back(x.select(a, i));
  return parts;
}

Tensors meshgrid(std::span<const Tensor> tensors, std::string_view indexing) {
  if (indexing != "ij" && indexing != "xy") {
    throw ValueError(
        fmt::format("meshgrid: unknown indexing '{}': it is \"ij\" or \"xy\"", indexing));
  }
  detail::check_all_defined(tensors, "meshgrid");
  Shape shape;
  for (const Tensor& t : tensors) {
    detail::check_same_device(tensors[0], t, "meshgrid");
    const auto number = &t - tensors.data();
    if (t.dim() > 1) {
      throw ShapeError(fmt::format("meshgrid: tensors must have one axis: tensor {} has shape {}",
                                   number, to_string(t.shape())));
    }
    if (t.dtype() != tensors[0].dtype()) {
      throw DTypeError(
          fmt::format("meshgrid: tensor 0 is {} and tensor {} {}; convert one with .to(dtype)",
                      name(tensors[0].dtype()), number, name(t.dtype())));
    }
    shape.push_back(t.numel());
  }
  Tensors grids;
  for (int i = 0; i < shape.rank(); ++i) {
    Shape line = Shape::filled(shape.rank(), 1);
    line[i] = shape[i];
    const Tensor grid = tensors[static_cast<size_t>(i)].reshape(line).expand(shape);
    grids.push_back(indexing == "xy" && shape.rank() > 1 ? grid.transpose(0, 1) : grid);
  }
  return grids;
}

Tensors Tensor::split(int64_t size, int64_t axis) const { return ct::split(*this, size, axis); }
Tensors Tensor::split(std::initializer_list<int64_t> sizes, int64_t axis) const {
  return ct::split(*this, sizes, axis);
}
Tensors Tensor::chunk(int64_t chunks, int64_t axis) const { return ct::chunk(*this, chunks, axis); }
Tensors Tensor::tensor_split(int64_t sections, int64_t axis) const {
  return ct::tensor_split(*this, sections, axis);
}
Tensors Tensor::tensor_split(std::initializer_list<int64_t> at, int64_t axis) const {
  return ct::tensor_split(*this, at, axis);
}
Tensors Tensor::unbind(int64_t axis) const { return ct::unbind(*this, axis); }

}  // namespace ct
