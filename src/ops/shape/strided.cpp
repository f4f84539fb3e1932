// Windows that overlap themselves, or lie in a base that is not dense, go by numbers: each element
// of the storage has one, and values move by gather and scatter_add along them.
#include "ops/shape/strided.hpp"

#include <algorithm>

#include "core/view/sizes.hpp"
#include "core/view/strided.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/indexing.hpp"
#include "ops/pointwise/copy.hpp"
#include "ops/pointwise/wide.hpp"
#include "ops/shape/view.hpp"

namespace ct::ops {

using autograd::Gradients;
using autograd::Recording;
using detail::impl;

namespace {

/// The view, of `dense`, which stands for the base.
Tensor view_of(const Tensor& dense, const Layout& base, const Layout& view) {
  return detail::make_view(dense, view.shape, view.strides,
                           impl(dense).offset + view.offset - base.offset);
}

bool is_simple(const Layout& base, const Layout& view) {
  return is_dense(base.shape, base.strides) && !may_overlap(view);
}

/// The storage's elements that either layout reaches, numbered from 0.
struct Numbering {
  int64_t low = 0, size = 0;

  Numbering(const Layout& base, const Layout& view) {
    int64_t high = -1;
    for (const Layout* l : {&base, &view}) {
      if (numel(l->shape) == 0) continue;
      const Reach reach = *reach_of(l->shape, l->strides, l->offset);  // both are views of memory
      low = high < low ? reach.low : std::min(low, reach.low);
      high = std::max(high, reach.high);
    }
    size = high - low + 1;
  }
  /// The number of each element of the layout, in row-major order.
  Tensor of(const Layout& l, Device device) const {
    if (numel(l.shape) == 0) return empty({0}, {.dtype = int64, .device = device});
    const Tensor all = arange(size, {.dtype = int64, .device = device});
    return dense_copy(detail::make_view(all, l.shape, l.strides, l.offset - low), int64)
        .reshape({-1});
  }
};

/// values[i] added up at to[i], divided by how many elements of `base` lie there, then read at
/// `at`. Wide.
Tensor transfer(const Tensor& narrow, const Tensor& to, const Tensor& at, const Layout& base,
                const Tensor& base_numbers, int64_t size, const Shape& shape) {
  const Tensor values = wide(narrow);
  const Tensor nothing = zeros({size}, {.dtype = values.dtype(), .device = values.device()});
  Tensor sums = nothing.scatter_add(0, to, values.reshape({-1}));
  if (may_overlap(base)) {
    const Tensor counts =
        nothing.scatter_add(0, base_numbers, ones_like(base_numbers).to(values.dtype()));
    sums = sums / counts.clamp(1);
  }
  return sums.index_select(0, at).reshape(shape);
}

}  // namespace

Layout layout_of(const Tensor& t) { return {impl(t).shape, impl(t).strides, impl(t).offset}; }

bool may_overlap(const Layout& layout) {
  Dims strides;
  Dims sizes;
  for (int i = 0; i < layout.shape.rank(); ++i) {
    if (layout.shape[i] == 0) return false;
    if (layout.shape[i] == 1) continue;
    // Sorted by growing stride.
    const int64_t stride = std::abs(layout.strides[i]);
    int place = 0;
    while (place < strides.rank() && strides[place] < stride) ++place;
    strides.insert(place, stride);
    sizes.insert(place, layout.shape[i]);
  }
  int64_t reach = 0;
  for (int i = 0; i < strides.rank(); ++i) {
    if (strides[i] <= reach) return true;
    reach += strides[i] * (sizes[i] - 1);
  }
  return false;
}

Tensor strided_view(const Tensor& x, const Layout& base, const Layout& view) {
  if (is_simple(base, view)) {
    const Tensor dense = x.contiguous();
    return record_view("as_strided", dense, view_of(dense, base, view),
                       [base, view](const Tensor& g) { return strided_embed(g, base, view); });
  }
  const Numbering numbers(base, view);
  const Tensor of_base = numbers.of(base, x.device());
  return transfer(x, of_base, numbers.of(view, x.device()), base, of_base, numbers.size,
                  view.shape);
}

Tensor strided_embed(const Tensor& g, const Layout& base, const Layout& view) {
  if (is_simple(base, view)) {
    Tensor out = detail::make_tensor(base.shape, g.dtype(), impl(g).backend());
    detail::fill_unrecorded(out, 0);
    if (g.numel() > 0) detail::copy_unrecorded(view_of(out, base, view), g);
    autograd::record("as_strided_backward", {&out}, {&g}, [&](const Recording&) {
      return [base, view](std::span<const Tensor> gg, Gradients& d) {
        d[0] = strided_view(gg[0], base, view);
      };
    });
    return out;
  }
  const Numbering numbers(base, view);
  const Tensor of_base = numbers.of(base, g.device());
  return transfer(g, numbers.of(view, g.device()), of_base, base, of_base, numbers.size,
                  base.shape);
}

Tensor strided_clear(const Tensor& x, const Layout& base, const Layout& view) {
  if (!is_dense(base.shape, base.strides)) {
    const Tensor seen = ones(view.shape, {.dtype = x.dtype(), .device = x.device()});
    return where(strided_embed(seen, base, view) != 0, zeros_like(x), x);
  }
  Tensor out = dense_copy(x, x.dtype());
  detail::fill_unrecorded(view_of(out, base, view), 0);
  autograd::record("clear", {&out}, {&x}, [&](const Recording&) {
    return [base, view](std::span<const Tensor> g, Gradients& d) {
      d[0] = strided_clear(g[0], base, view);
    };
  });
  return out;
}

}  // namespace ct::ops
