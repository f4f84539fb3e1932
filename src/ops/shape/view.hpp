// How an op that makes a view puts it on the tape.
#pragma once

#include <utility>

#include "autograd/record.hpp"
#include "core/tensor/tensor_impl.hpp"

namespace ct::ops {

/// The same elements in the same order under another shape, as the op `name`.
Tensor reshaped_view(const char* name, const Tensor& t, const Shape& shape, const Strides& strides);

/// Notes whose memory `out` shows, for changes in place.
void mark_view(const Tensor& base, const Tensor& out);

/// Records `out` as a view of `base`; backward(g) gives the base's gradient.
template <class Backward>
Tensor record_view(const char* name, const Tensor& base, Tensor out, Backward&& backward) {
  mark_view(base, out);
  if (!autograd::recording({&base})) return out;
  autograd::record(name, {&out}, {&base}, [&](const autograd::Recording&) {
    return [backward = std::forward<Backward>(backward)](
               std::span<const Tensor> g, autograd::Gradients& d) { d[0] = backward(g[0]); };
  });
  return out;
}

/// Zeros of `shape` with `g` written where `view` looks. Differentiable: its gradient is the view.
template <class View>
Tensor embed(const char* name, const Tensor& g, const Shape& shape, const View& view) {
  Tensor out = detail::make_tensor(shape, g.dtype(), detail::impl(g).backend());
  detail::fill_unrecorded(out, 0);
  {
    const NoGradGuard off;
    detail::copy_unrecorded(view(out), g);
  }
  autograd::record(name, {&out}, {&g}, [&](const autograd::Recording&) {
    return [view](std::span<const Tensor> gg, autograd::Gradients& d) { d[0] = view(gg[0]); };
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

}  // namespace ct::ops
