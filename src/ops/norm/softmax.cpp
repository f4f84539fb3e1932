// Softmax. Fused kernels run forward and backward; under create_graph the backward is composed of
// public ops. Between a softmax and its gradient, narrow types are wide (wide.hpp).
#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/loss.hpp"
#include "customtensor/ops/reduce.hpp"
#include "ops/autocast.hpp"
#include "ops/pointwise/apply.hpp"
#include "ops/pointwise/wide.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;

namespace {

Tensor softmax_family(const char* op, bool log, const Tensor& x, int64_t axis) {
  detail::check_defined(x, op, "x");
  if (!is_floating(x.dtype())) {
    throw DTypeError(
        fmt::format("{}: x is {}: it must be floating; convert with .to()", op, name(x.dtype())));
  }
  if (x.dim() == 0) return softmax_family(op, log, x.reshape({1}), 0).reshape({});
  const int a = normalize_axis(axis, static_cast<int>(x.dim()), op);
  if (ops::is_narrow(x)) return softmax_family(op, log, ops::wide(x), a).to(x.dtype());
  Tensor y = detail::make_tensor(x.shape(), x.dtype(), detail::impl(x).backend());
  if (y.numel() > 0) {
    detail::impl(x).kernels().softmax_forward(
        {.log = log, .axis = a, .x = detail::view_of(x), .y = detail::view_of(y)});
  }
  autograd::record(op, {&y}, {&x}, [&](const Recording& r) {
    return [y = r.save_output(), log, a](std::span<const Tensor> g, Gradients& d) {
      const Tensor ys = y.get();
      if (grad_enabled()) {
        d[0] =
            log ? g[0] - ys.exp() * g[0].sum({a}, true) : ys * (g[0] - (g[0] * ys).sum({a}, true));
        return;
      }
      d[0] = detail::make_tensor(ys.shape(), ys.dtype(), detail::impl(ys).backend());
      if (ys.numel() == 0) return;
      detail::impl(ys).kernels().softmax_backward({.log = log,
                                                   .axis = a,
                                                   .y = detail::view_of(ys),
                                                   .grad_y = detail::view_of(g[0]),
                                                   .grad_x = detail::view_of(d[0])});
    };
  });
  return y;
}

}  // namespace

Tensor softmax(const Tensor& x, int64_t axis) {
  if (const ops::Autocast cast{"softmax"}) return softmax(cast(x), axis);
  return softmax_family("softmax", false, x, axis);
}
Tensor log_softmax(const Tensor& x, int64_t axis) {
  if (const ops::Autocast cast{"log_softmax"}) return log_softmax(cast(x), axis);
  return softmax_family("log_softmax", true, x, axis);
}
Tensor Tensor::softmax(int64_t axis) const { return ct::softmax(*this, axis); }
Tensor Tensor::log_softmax(int64_t axis) const { return ct::log_softmax(*this, axis); }

}  // namespace ct
