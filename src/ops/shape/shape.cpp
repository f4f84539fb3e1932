// Joining along an axis.
#include "customtensor/ops/shape.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"
#include "ops/pointwise/apply.hpp"
#include "ops/pointwise/complex.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;
using detail::impl;

Tensor cat(std::span<const Tensor> tensors, int64_t axis) {
  if (tensors.empty()) throw ValueError("cat: no tensors; pass at least one");
  detail::check_all_defined(tensors, "cat");
  std::vector<const Tensor*> inputs;
  for (const Tensor& t : tensors) {
    detail::check_same_device(tensors[0], t, "cat");
    inputs.push_back(&t);
  }
  // Tensors of shape (0) fit anything, as in PyTorch: the start of a list that grows.
  const auto is_nothing = [](const Tensor& t) { return t.shape() == Shape{0}; };
  const auto model = std::find_if_not(tensors.begin(), tensors.end(), is_nothing);
  const Shape& first = (model == tensors.end() ? tensors.front() : *model).shape();
  const int a = normalize_axis(axis, first.rank(), "cat");
  Shape shape = first;
  shape[a] = 0;
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (is_nothing(tensors[i])) continue;
    Shape other = tensors[i].shape();
    const bool fits = other.rank() == first.rank();
    const int64_t size = fits ? other[a] : 0;
    if (fits) other[a] = first[a];
    if (!fits || other != first) {
      throw ShapeError(fmt::format(
          "cat: tensor {} has shape {}: it must agree with tensor {}, {}, on all axes but {}", i,
          to_string(tensors[i].shape()), model - tensors.begin(), to_string(first), a));
    }
    shape[a] = checked_add("cat", shape[a], size);
  }
  const DType dtype = ops::result_type(inputs);
  Tensor out = detail::make_tensor(shape, dtype, impl(tensors[0]).backend());
  {
    const NoGradGuard off;
    int64_t start = 0;
    for (const Tensor& t : tensors) {
      if (is_nothing(t)) continue;
      if (t.numel() > 0) detail::copy_unrecorded(out.narrow(a, start, t.shape()[a]), t);
      start += t.shape()[a];
    }
  }
  if (!is_differentiable(dtype)) return out;
  autograd::record("cat", {&out}, std::span<const Tensor* const>(inputs), [&](const Recording&) {
    std::vector<std::pair<int64_t, DType>> parts;  // -1: of shape (0)
    for (const Tensor& t : tensors) {
      parts.emplace_back(is_nothing(t) ? -1 : t.shape()[a], t.dtype());
    }
    return [parts, a](std::span<const Tensor> g, Gradients& d) {
      int64_t start = 0;
      for (size_t i = 0; i < parts.size(); ++i) {
        const int n = static_cast<int>(i);
        const auto [size, dtype] = parts[i];
        if (size < 0) {
          if (d.needed(n)) d[n] = zeros({0}, {.dtype = dtype, .device = g[0].device()});
          continue;
        }
        if (d.needed(n)) d[n] = ops::as_gradient(g[0].narrow(a, start, size), dtype);
        start += size;
      }
    };
  });
  return out;
}

Tensor stack(std::span<const Tensor> tensors, int64_t axis) {
  if (tensors.empty()) throw ValueError("stack: no tensors; pass at least one");
  detail::check_all_defined(tensors, "stack");
  const int a = normalize_axis(axis, static_cast<int>(tensors[0].dim()) + 1, "stack");
  Tensors raised;
  for (const Tensor& t : tensors) {
    if (t.shape() != tensors[0].shape()) {
      throw ShapeError(
          fmt::format("stack: tensor {} has shape {}: it must have that of tensor 0, {}",
                      &t - tensors.data(), to_string(t.shape()), to_string(tensors[0].shape())));
    }
    raised.push_back(t.unsqueeze(a));
  }
  return cat(raised, a);
}

namespace {

/// Tensors of fewer than `rank` axes get leading ones (dstack: a last one).
Tensors raised(const char* op, std::span<const Tensor> tensors, int rank) {
  if (tensors.empty()) throw ValueError(fmt::format("{}: no tensors; pass at least one", op));
  detail::check_all_defined(tensors, op);
  Tensors result;
  for (Tensor t : tensors) {
    if (t.dim() == 0) t = t.unsqueeze(0);
    if (rank > 1 && t.dim() == 1) t = t.unsqueeze(0);
    if (rank > 2 && t.dim() == 2) t = t.unsqueeze(2);
    result.push_back(t);
  }
  return result;
}

}  // namespace

Tensor hstack(std::span<const Tensor> tensors) {
  const Tensors parts = raised("hstack", tensors, 1);
  return cat(parts, parts[0].dim() == 1 ? 0 : 1);
}
Tensor vstack(std::span<const Tensor> tensors) { return cat(raised("vstack", tensors, 2), 0); }
Tensor dstack(std::span<const Tensor> tensors) { return cat(raised("dstack", tensors, 3), 2); }

}  // namespace ct
