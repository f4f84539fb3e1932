// Scans and their derivatives: a sum's is the sum from the other end, the others' are linear
// recurrences from the other end.
#include "customtensor/ops/scan.hpp"

#include <limits>

#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/autocast.hpp"
#include "ops/index/index.hpp"
#include "ops/pointwise/complex.hpp"
#include "ops/pointwise/wide.hpp"
#include "ops/reduce/reduce.hpp"
#include "ops/reduce/scan.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;
using detail::impl;

namespace ops {
namespace {

/// The kernel call: `out` and the optional others are new tensors of x's shape.
void run_scan(ScanOp op, const Tensor& x, int axis, bool reverse, const Tensor& out,
              const Tensor& factor = Tensor(), const Tensor& indices = Tensor()) {
  if (out.numel() == 0) return;
  ScanArgs args;
  args.op = op;
  args.axis = axis;
  args.reverse = reverse;
  args.input = detail::view_of(x);
  args.output = detail::view_of(out);
  if (factor.defined()) args.factor = detail::view_of(factor);
  if (indices.defined()) args.indices = detail::view_of(indices);
  impl(out).kernels().scan(args);
}

Tensor make_like(const Tensor& x, DType dtype) {
  return detail::make_tensor(x.shape(), dtype, impl(x).backend());
}

/// 0 instead of infinity.
Tensor not_infinite(const Tensor& x) {
  static const ProgramPtr program = [] {
    PointwiseBuilder p("not_infinite", 1);
    const auto infinite = p.apply(Opcode::eq, p.input(0), std::numeric_limits<double>::infinity());
    p.output(p.apply(Opcode::select, infinite, 0.0, p.input(0)));
    p.rule(TypeRule::floating);
    return p.build();
  }();
  return apply("not_infinite", program, {&x});
}

}  // namespace

Tensor shifted(const Tensor& x, int axis, bool reverse, double fill) {
  const int64_t n = x.shape()[axis];
  if (n == 0) return x;
  const Tensor edge = full_like(x.narrow(axis, 0, 1).detach(), fill);
  return reverse ? cat({x.narrow(axis, 1, n - 1), edge}, axis)
                 : cat({edge, x.narrow(axis, 0, n - 1)}, axis);
}

Tensor linear_scan(const Tensor& x, const Tensor& factor, int axis, bool reverse) {
  Tensor out = make_like(x, x.dtype());
  run_scan(ScanOp::linear, x, axis, reverse, out, factor);
  autograd::record("linear_scan", {&out}, {&x, &factor}, [&](const Recording& r) {
    return [factor = r.save(1), y = r.save_output(), axis, reverse](std::span<const Tensor> g,
                                                                    Gradients& d) {
      const Tensor later =
          linear_scan(g[0], shifted(factor.get(), axis, !reverse, 0), axis, !reverse);
      if (d.needed(0)) d[0] = later;
      if (d.needed(1)) d[1] = later * shifted(y.get(), axis, reverse, 0);
    };
  });
  return out;
}

Tensor cumulative(const char* name, ScanOp op, const Tensor& x, int axis, bool reverse) {
  Tensor out = make_like(x, sum_type(x.dtype()));
  run_scan(op, x, axis, reverse, out);
  if (!is_floating(x.dtype())) return out;
  if (op == ScanOp::sum) {
    autograd::record(name, {&out}, {&x}, [&](const Recording&) {
      return [name, axis, reverse](std::span<const Tensor> g, Gradients& d) {
        d[0] = cumulative(name, ScanOp::sum, g[0], axis, !reverse);
      };
    });
  } else {
    autograd::record(name, {&out}, {&x}, [&](const Recording& r) {
      return [x = r.save(0), y = r.save_output(), axis, reverse](std::span<const Tensor> g,
                                                                 Gradients& d) {
        // Of x[i]: the product before it, times what follows: g[i] + x[i+1] (g[i+1] + …).
        const Tensor follows =
            linear_scan(g[0], shifted(x.get(), axis, !reverse, 1), axis, !reverse);
        d[0] = shifted(y.get(), axis, reverse, 1) * follows;
      };
    });
  }
  return out;
}

Tensor exp_difference(const Tensor& a, const Tensor& b) {
  static const ProgramPtr program = [] {
    PointwiseBuilder p("exp_difference", 2);
    const auto kept = p.apply(Opcode::ne, p.input(0), -std::numeric_limits<double>::infinity());
    // Chosen before and after: the derivative of what is left out must not be inf * 0.
    const auto from = p.apply(Opcode::select, kept, p.input(0), 0.0);
    const auto to = p.apply(Opcode::select, kept, p.input(1), 0.0);
    p.output(p.apply(Opcode::select, kept, p.apply(Opcode::exp, from - to), 0.0));
    p.rule(TypeRule::floating);
    return p.build();
  }();
  return apply("exp_difference", program, {&a, &b});
}

namespace {

/// x with at least one axis, and the axis counted from 0.
struct Line {
  Tensor x;
  int axis;
};
Line line_of(const char* name, const Tensor& x, int64_t axis) {
  detail::check_defined(x, name, "x");
  const Tensor source = x.dim() == 0 ? x.reshape({1}) : x;
  return {source, normalize_axis(axis, source.shape().rank(), name)};
}
Tensor restored(const Tensor& out, const Tensor& x) { return x.dim() == 0 ? out.reshape({}) : out; }

std::pair<Tensor, Tensor> running_extreme(const char* name, ScanOp op, const Tensor& x,
                                          int64_t axis) {
  const auto [source, a] = line_of(name, x, axis);
  Tensor values = make_like(source, source.dtype());
  const Tensor indices = make_like(source, int64);
  run_scan(op, source, a, false, values, Tensor(), indices);
  if (is_floating(source.dtype())) {
    autograd::record(name, {&values}, {&source}, [&, a = a](const Recording& r) {
      return [at = r.save_extra(indices), a, shape = indices.shape()](std::span<const Tensor> g,
                                                                      Gradients& d) {
        d[0] = scatter_add(g[0], a, at.get(), shape);
      };
    });
  }
  return {restored(values, x), restored(indices, x)};
}

}  // namespace
}  // namespace ops

Tensor cumsum(const Tensor& x, int64_t axis) {
  if (const ops::Autocast cast{"cumsum"}) return cumsum(cast(x), axis);
  if (x.defined() && is_complex(x.dtype()) && x.dim() > 0) {
    const int a = normalize_axis(axis, x.shape().rank(), "cumsum");
    return ops::by_pairs(x, [&](const Tensor& pairs) { return cumsum(pairs, a); });
  }
  const auto [source, a] = ops::line_of("cumsum", x, axis);
  return ops::restored(ops::cumulative("cumsum", ScanOp::sum, source, a, false), x);
}
Tensor cumprod(const Tensor& x, int64_t axis) {
  if (const ops::Autocast cast{"cumprod"}) return cumprod(cast(x), axis);
  const auto [source, a] = ops::line_of("cumprod", x, axis);
  // Its gradient reads the products.
  if (ops::is_narrow(x)) return cumprod(ops::wide(x), axis).to(x.dtype());
  return ops::restored(ops::cumulative("cumprod", ScanOp::prod, source, a, false), x);
}
std::pair<Tensor, Tensor> cummax(const Tensor& x, int64_t axis) {
  return ops::running_extreme("cummax", ScanOp::maximum, x, axis);
}
std::pair<Tensor, Tensor> cummin(const Tensor& x, int64_t axis) {
  return ops::running_extreme("cummin", ScanOp::minimum, x, axis);
}

Tensor logcumsumexp(const Tensor& x, int64_t axis) {
  const auto [source, a] = ops::line_of("logcumsumexp", x, axis);
  ops::check_floating("logcumsumexp", source);
  if (ops::is_narrow(x)) return logcumsumexp(ops::wide(x), axis).to(x.dtype());
  Tensor out = ops::make_like(source, source.dtype());
  ops::run_scan(ScanOp::logsumexp, source, a, false, out);
  autograd::record("logcumsumexp", {&out}, {&source}, [&, a = a](const Recording& r) {
    return [x = r.save(0), y = r.save_output(), a](std::span<const Tensor> g, Gradients& d) {
      // sum over k >= i of g[k] exp(x[i] - y[k]), as a recurrence of factors in [0, 1].
      const Tensor sums = y.get();
      const Tensor factor =
          ops::exp_difference(ops::not_infinite(sums), ops::shifted(sums, a, true, 0));
      d[0] = ops::exp_difference(x.get(), sums) * ops::linear_scan(g[0], factor, a, true);
    };
  });
  return ops::restored(out, x);
}

Tensor Tensor::cumsum(int64_t axis) const { return ct::cumsum(*this, axis); }
Tensor Tensor::cumprod(int64_t axis) const { return ct::cumprod(*this, axis); }
std::pair<Tensor, Tensor> Tensor::cummax(int64_t axis) const { return ct::cummax(*this, axis); }
std::pair<Tensor, Tensor> Tensor::cummin(int64_t axis) const { return ct::cummin(*this, axis); }
Tensor Tensor::logcumsumexp(int64_t axis) const { return ct::logcumsumexp(*this, axis); }

}  // namespace ct
