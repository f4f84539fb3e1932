// Histories of tensors that are changed in place, and of their views.
#include "ops/pointwise/in_place.hpp"

#include <fmt/format.h>

#include <mutex>

#include "autograd/record.hpp"
#include "customtensor/error.hpp"
#include "ops/pointwise/complex.hpp"
#include "ops/shape/strided.hpp"

namespace ct::ops {

using autograd::Gradients;
using autograd::Recording;
using detail::impl;

namespace {
/// Layouts of a base and its view in one unit: where one of them is complex, in real numbers.
struct Layouts {
  Layout base, view;
};
Layout in_parts(const Tensor& t) {
  Layout l = layout_of(t);
  if (!is_complex(t.dtype())) return l;
  l.shape.push_back(2);
  for (int64_t& stride : l.strides) stride *= 2;
  l.strides.push_back(1);
  l.offset *= 2;
  return l;
}
Layouts layouts_of(const Tensor& base, const Tensor& view) {
  if (!is_complex(base.dtype()) && !is_complex(view.dtype())) {
    return {layout_of(base), layout_of(view)};
  }
  return {in_parts(base), in_parts(view)};
}
Tensor to_parts(const Tensor& g) { return is_complex(g.dtype()) ? view_as_real(g) : g; }
Tensor from_parts(const Tensor& g, bool complex) { return complex ? complex_of_pairs(g) : g; }

bool is_leaf_that_requires_grad(const Tensor& t) {
  return impl(t).wants_grad() && autograd::node_of(t)->is_leaf();
}
}  // namespace

void check_in_place(const char* name, const Tensor& self,
                    std::initializer_list<const Tensor*> inputs) {
  if (!autograd::recording()) return;
  const TensorImpl& s = impl(self);
  if (is_leaf_that_requires_grad(self)) {
    throw AutogradError(
        fmt::format("{}_: the tensor {} is a leaf that requires grad: changing it in place would "
                    "lose its gradient; do it inside a NoGradGuard, or out of place",
                    name, to_string(s.shape)));
  }
  if (!s.base.defined()) return;
  if (is_leaf_that_requires_grad(s.base)) {
    throw AutogradError(fmt::format(
        "{}_: the tensor {} is a view of a leaf that requires grad: changing it in place would "
        "lose its gradient; do it inside a NoGradGuard, or out of place",
        name, to_string(s.shape)));
  }
  if (s.unrecorded_view && (impl(s.base).requires_grad || autograd::recording(inputs))) {
    throw AutogradError(
        fmt::format("{}_: the tensor {} is a view made inside a NoGradGuard: its base's history "
                    "cannot follow; make the view outside of the guard, or detach() it",
                    name, to_string(s.shape)));
  }
}

void check_no_overlap(const char* name, const Tensor& self) {
  const TensorImpl& s = impl(self);
  for (int axis = 0; axis < s.shape.rank(); ++axis) {
    if (s.strides[axis] == 0 && s.shape[axis] > 1) {
      throw ValueError(fmt::format(
          "{}_: elements of the expanded tensor {} share memory along axis {}; clone() it first",
          name, to_string(s.shape), axis));
    }
  }
}

Tensor previous(const Tensor& self, bool with_values) {
  const TensorImpl& s = impl(self);
  Tensor before;
  if (with_values) {
    const NoGradGuard off;
    before = self.clone();
  } else {
    before = detail::make_view(self, s.shape, s.strides, s.offset);
  }
  autograd::Node* node = autograd::node_of(self);  // first: an outdated view gets its history here
  if (s.requires_grad) autograd::set_history(before, node, s.output_nr);
  return before;
}

void history_replaced(const Tensor& self) {
  TensorImpl& s = impl(self);
  if (!s.base.defined()) {
    ++s.history;
    return;
  }
  Tensor base = s.base;
  autograd::record("copy_slices", {&base}, {&base, &self}, [&](const Recording&) {
    return [at = layouts_of(base, self), of_base = is_complex(base.dtype()),
            of_self = is_complex(self.dtype())](std::span<const Tensor> g, Gradients& d) {
      const Tensor parts = to_parts(g[0]);
      if (d.needed(0)) d[0] = from_parts(strided_clear(parts, at.base, at.view), of_base);
      if (d.needed(1)) d[1] = from_parts(strided_view(parts, at.base, at.view), of_self);
    };
  });
  s.history = ++impl(base).history;
}

void overwritten(const Tensor& self) {
  history_replaced(self);
  if (impl(self).base.defined()) --impl(self).history;  // outdated: made anew when it is next used
}

}  // namespace ct::ops

namespace ct::autograd {

void refresh_view(const Tensor& view) {
  // Two threads may use the same view for the first time after a change.
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  TensorImpl& v = detail::impl(view);
  if (!v.outdated()) return;
  const Tensor base = v.base;
  const TensorImpl& b = detail::impl(base);
  const uint32_t now = b.history;
  Tensor fresh = detail::make_view(view, v.shape, v.strides, v.offset);
  if (b.storage.get() == v.storage.get()) {  // else set_data() replaced what the base shows
    const EnableGradGuard on;
    record("as_strided", {&fresh}, {&base}, [&](const Recording&) {
      return [at = ops::layouts_of(base, view), of_base = is_complex(base.dtype())](
                 std::span<const Tensor> g, Gradients& d) {
        d[0] = ops::from_parts(ops::strided_embed(ops::to_parts(g[0]), at.base, at.view), of_base);
      };
    });
  }
  if (v.grad_fn) move_retained(v, static_cast<Node*>(detail::impl(fresh).grad_fn.get()), 0);
  v.grad_fn = detail::impl(fresh).grad_fn;
  v.output_nr = 0;
  v.requires_grad = detail::impl(fresh).requires_grad;
  v.history = now;
}

}  // namespace ct::autograd
