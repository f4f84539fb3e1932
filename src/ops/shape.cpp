// Joining, splitting and picking along an axis.
#include "customtensor/ops/shape.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "customtensor/error.hpp"
#include "ops/apply.hpp"
#include "ops/index.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;
using detail::impl;

Tensor cat(std::span<const Tensor> tensors, int64_t axis) {
  if (tensors.empty()) throw ValueError("cat: no tensors; pass at least one");
  std::vector<const Tensor*> inputs;
  for (const Tensor& t : tensors) {
    detail::check_defined(t, "cat", "tensors");
    detail::check_same_device(tensors[0], t, "cat");
    inputs.push_back(&t);
  }
  const Shape& first = tensors[0].shape();
  const int a = normalize_axis(axis, first.rank(), "cat");
  Shape shape = first;
  shape[a] = 0;
  for (size_t i = 0; i < tensors.size(); ++i) {
    Shape other = tensors[i].shape();
    const bool fits = other.rank() == first.rank();
    const int64_t size = fits ? other[a] : 0;
    if (fits) other[a] = first[a];
    if (!fits || other != first) {
      throw ShapeError(fmt::format(
          "cat: tensor {} has shape {}: it must agree with tensor 0, {}, on all axes but {}", i,
          to_string(tensors[i].shape()), to_string(first), a));
    }
    shape[a] += size;
  }
  const DType dtype = ops::result_type(inputs);
  Tensor out = detail::make_tensor(shape, dtype, impl(tensors[0]).backend());
  {
    const NoGradGuard off;
    int64_t start = 0;
    for (const Tensor& t : tensors) {
      if (t.numel() > 0) detail::copy_unrecorded(out.narrow(a, start, t.shape()[a]), t);
      start += t.shape()[a];
    }
  }
  if (!is_floating(dtype)) return out;
  autograd::record("cat", {&out}, std::span<const Tensor* const>(inputs), [&](const Recording&) {
    std::vector<std::pair<int64_t, DType>> parts;
    for (const Tensor& t : tensors) parts.emplace_back(t.shape()[a], t.dtype());
    return [parts, a](std::span<const Tensor> g, Gradients& d) {
      int64_t start = 0;
      for (size_t i = 0; i < parts.size(); ++i) {
        const int n = static_cast<int>(i);
        if (d.needed(n)) d[n] = g[0].narrow(a, start, parts[i].first).to(parts[i].second);
        start += parts[i].first;
      }
    };
  });
  return out;
}

Tensor stack(std::span<const Tensor> tensors, int64_t axis) {
  if (tensors.empty()) throw ValueError("stack: no tensors; pass at least one");
  const int a = normalize_axis(axis, static_cast<int>(tensors[0].dim()) + 1, "stack");
  Tensors raised;
  for (const Tensor& t : tensors) {
    if (t.shape() != tensors[0].shape()) {
      throw ShapeError(fmt::format("stack: shapes differ: {} and {}", to_string(tensors[0].shape()),
                                   to_string(t.shape())));
    }
    raised.push_back(t.unsqueeze(a));
  }
  return cat(raised, a);
}

Tensors split(const Tensor& x, int64_t size, int64_t axis) {
  const int a = normalize_axis(axis, static_cast<int>(x.dim()), "split");
  if (size <= 0) throw ValueError(fmt::format("split: the size must be positive: {}", size));
  Tensors parts;
  for (int64_t start = 0; start < x.shape()[a]; start += size) {
    parts.push_back(x.narrow(a, start, std::min(size, x.shape()[a] - start)));
  }
  return parts;
}

namespace {

void check_index(const char* op, const Tensor& index, int64_t size, int axis) {
  if (index.dtype() != int64) {
    throw DTypeError(
        fmt::format("{}: the index is {}: it must be int64; convert with "
                    ".to(ct::int64)",
                    op, name(index.dtype())));
  }
  // Values are checked where the host can read them without waiting for a device.
  if (impl(index).backend().host_pointer(impl(index).buffer()) == nullptr) return;
  const Tensor dense = index.contiguous();
  const auto* values = dense.data<int64_t>();
  for (int64_t i = 0; i < dense.numel(); ++i) {
    if (values[i] < 0 || values[i] >= size) {
      throw IndexError(
          fmt::format("{}: index {} at position {} is out of range for axis {} of size {}", op,
                      values[i], i, axis, size));
    }
  }
}

Tensor run_gather(const Tensor& x, int axis, const TensorView& index, const Shape& shape) {
  Tensor out = detail::make_tensor(shape, x.dtype(), impl(x).backend());
  GatherArgs args;
  args.axis = axis;
  args.src = detail::view_of(x);
  args.index = index;
  args.out = detail::view_of(out);
  if (out.numel() > 0) impl(x).backend().gather(args);
  return out;
}

}  // namespace

namespace ops {
namespace {

/// gather without checks: `index` may be an expanded view.
Tensor gather_checked(const char* name, const Tensor& x, int axis, const Tensor& index) {
  Tensor out = run_gather(x, axis, detail::view_of(index), index.shape());
  if (!is_floating(x.dtype())) return out;
  autograd::record(name, {&out}, {&x}, [&](const Recording& r) {
    return [at = r.save_extra(index), axis, shape = x.shape()](std::span<const Tensor> g,
                                                               Gradients& d) {
      d[0] = scatter_add(g[0], axis, at.get(), shape);
    };
  });
  return out;
}

}  // namespace

Tensor scatter_add(const Tensor& src, int axis, const Tensor& index, const Shape& shape) {
  Tensor out = detail::make_tensor(shape, src.dtype(), impl(src).backend());
  detail::fill_unrecorded(out, 0);
  GatherArgs args;
  args.axis = axis;
  args.src = detail::view_of(src);
  args.index = detail::view_of(index);
  args.out = detail::view_of(out);
  if (src.numel() > 0) impl(src).backend().scatter_add(args);
  autograd::record("scatter_add", {&out}, {&src}, [&](const Recording& r) {
    return [at = r.save_extra(index), axis](std::span<const Tensor> g, Gradients& d) {
      d[0] = gather_checked("gather", g[0], axis, at.get());
    };
  });
  return out;
}

}  // namespace ops

Tensor gather(const Tensor& x, int64_t axis, const Tensor& index) {
  detail::check_defined(x, "gather", "x");
  detail::check_defined(index, "gather", "index");
  detail::check_same_device(x, index, "gather");
  const int a = normalize_axis(axis, static_cast<int>(x.dim()), "gather");
  bool fits = index.dim() == x.dim();
  for (int i = 0; fits && i < x.shape().rank(); ++i) {
    fits = i == a || index.shape()[i] <= x.shape()[i];
  }
  if (!fits) {
    throw ShapeError(
        fmt::format("gather: index shape {} does not fit {}: it needs the same rank, and sizes no "
                    "larger on all "
                    "axes but {}",
                    to_string(index.shape()), to_string(x.shape()), a));
  }
  check_index("gather", index, x.shape()[a], a);
  // A smaller index reads a corner of x.
  Tensor corner = x;
  for (int i = 0; i < x.shape().rank(); ++i) {
    if (i != a && index.shape()[i] != x.shape()[i]) corner = corner.narrow(i, 0, index.shape()[i]);
  }
  return ops::gather_checked("gather", corner, a, index);
}

Tensor index_select(const Tensor& x, int64_t axis, const Tensor& index) {
  detail::check_defined(x, "index_select", "x");
  detail::check_defined(index, "index_select", "index");
  detail::check_same_device(x, index, "index_select");
  const int a = normalize_axis(axis, static_cast<int>(x.dim()), "index_select");
  if (index.dim() != 1) {
    throw ShapeError(fmt::format("index_select: the index has shape {}: it must have one axis",
                                 to_string(index.shape())));
  }
  check_index("index_select", index, x.shape()[a], a);
  Shape shape = x.shape();
  shape[a] = index.numel();
  Shape aligned = Shape::filled(shape.rank(), 1);
  aligned[a] = index.numel();
  return ops::gather_checked("index_select", x, a, index.reshape(aligned).expand(shape));
}

}  // namespace ct
