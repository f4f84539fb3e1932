// Batch and layer normalisation: fused kernels; under create_graph the backward is composed of
// public ops instead, so that it can be differentiated again.
#include "customtensor/ops/norm.hpp"

#include <fmt/format.h>

#include <limits>

#include "customtensor/autograd_functional.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/reduce.hpp"
#include "ops/pointwise/apply.hpp"
#include "ops/pointwise/wide.hpp"
#include "ops/reduce/reduce.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;

namespace {

/// A norm over x seen as the kernel wants it: (n, c, inner), (rows, d) or (rows, channels, inner).
struct Norm {
  NormKind kind;
  bool given;
  double eps;
  int64_t affine;  ///< size of weight and bias

  Axes axes() const {
    return kind == NormKind::channel ? Axes{0, 2} : kind == NormKind::group ? Axes{1, 2} : Axes{1};
  }
  /// Statistics and affine values, seen as x.
  Tensor spread_statistic(const Tensor& s) const {
    if (kind == NormKind::channel) return s.reshape({1, -1, 1});
    return kind == NormKind::group ? s.reshape({-1, 1, 1}) : s.reshape({-1, 1});
  }
  Tensor spread_affine(const Tensor& w, const Shape& x) const {
    if (kind == NormKind::channel) return w.reshape({1, -1, 1});
    if (kind != NormKind::group) return w.reshape({1, -1});
    return w.reshape({1, affine}).expand({x[0] * x[1] / affine, affine}).reshape({x[0], x[1], 1});
  }
  Tensor sum_affine(const Tensor& t) const {
    if (kind == NormKind::channel) return t.sum({0, 2});
    if (kind != NormKind::group) return t.sum({0});
    return t.reshape({-1, affine, t.size(2)}).sum({0, 2});
  }
};

/// The backward as public ops, of wide tensors: every step is recorded.
void composed_backward(const Norm& n, const Tensor& g, const Tensor& x, const Tensor& weight,
                       const Tensor& mean, const Tensor& rstd, Gradients& d) {
  Tensor moved;
  Tensor scale;
  if (n.given) {
    moved = x - n.spread_statistic(mean);
    scale = n.spread_statistic(rstd);
  } else if (n.kind == NormKind::rms) {
    moved = x;
    scale = ((x * x).mean(n.axes(), true) + n.eps).rsqrt();
  } else {
    // The mean as a distance: of what all have in common no digit is lost.
    const Tensor from_first =
        x - ops::first_element(x, ops::axis_mask(n.axes(), x.shape().rank(), "norm"));
    moved = from_first - from_first.mean(n.axes(), true);
    scale = (x.var(n.axes(), 0, true) + n.eps).rsqrt();
  }
  const Tensor hat = moved * scale;
  if (d.needed(1)) d[1] = n.sum_affine(g * hat);
  if (d.needed(2)) d[2] = n.sum_affine(g);
  if (!d.needed(0)) return;
  const Tensor gw = weight.defined() ? g * n.spread_affine(weight, x.shape()) : g;
  if (n.given) {
    d[0] = gw * scale;
  } else if (n.kind == NormKind::rms) {
    d[0] = scale * (gw - hat * (gw * hat).mean(n.axes(), true));
  } else {
    d[0] = scale * (gw - gw.mean(n.axes(), true) - hat * (gw * hat).mean(n.axes(), true));
  }
}

Tensor run(const char* name, const Norm& n, const Tensor& x, const Tensor& weight,
           const Tensor& bias, const Tensor& mean, const Tensor& rstd) {
  Tensor y = detail::make_tensor(x.shape(), x.dtype(), detail::impl(x).backend());
  NormArgs args;
  args.kind = n.kind;
  args.x = detail::view_of(x);
  args.y = detail::view_of(y);
  if (weight.defined()) args.weight = detail::view_of(weight);
  if (bias.defined()) args.bias = detail::view_of(bias);
  args.mean = detail::view_of(mean);
  args.rstd = detail::view_of(rstd);
  args.given = n.given;
  args.eps = n.eps;
  if (x.numel() > 0) detail::impl(x).kernels().norm_forward(args);
  autograd::record(name, {&y}, {&x, &weight, &bias}, [&](const Recording& r) {
    return [n, x = r.save(0), w = r.save_if(weight.defined(), 1), mean = r.save_extra(mean),
            rstd = r.save_extra(rstd)](std::span<const Tensor> g, Gradients& d) {
      const Tensor xs = x.get();
      const Tensor ws = w.get();
      if (grad_enabled()) {
        composed_backward(n, ops::wide(g[0]), ops::wide(xs), ops::wide(ws), mean.get(), rstd.get(),
                          d);
        return;
      }
      const Shape affine{n.affine};
      Backend& backend = detail::impl(xs).backend();
      NormBackwardArgs args;
      args.kind = n.kind;
      args.given = n.given;
      args.grad_y = detail::view_of(g[0]);
      args.x = detail::view_of(xs);
      if (ws.defined()) args.weight = detail::view_of(ws);
      args.mean = detail::view_of(mean.get());
      args.rstd = detail::view_of(rstd.get());
      TensorView* targets[] = {&args.grad_x, &args.grad_weight, &args.grad_bias};
      for (int i = 0; i < 3; ++i) {
        if (!d.needed(i)) continue;
        d[i] = detail::make_tensor(i == 0 ? xs.shape() : affine, d.dtype(i), backend);
        *targets[i] = detail::view_of(d[i]);
      }
      Kernels(backend).norm_backward(args);
    };
  });
  return y;
}

void check_floating(const char* op, const Tensor& x) {
  if (!is_floating(x.dtype())) {
    throw DTypeError(
        fmt::format("{}: x is {}: it must be floating; convert with .to()", op, name(x.dtype())));
  }
}

void check_vector(const char* op, const char* what, const Tensor& t, const Tensor& x,
                  int64_t size) {
  if (!t.defined()) return;
  detail::check_same_device(x, t, op);
  if (t.shape() != Shape{size}) {
    throw ShapeError(fmt::format("{}: {} has shape {}: x {} needs ({})", op, what,
                                 to_string(t.shape()), to_string(x.shape()), size));
  }
  // Beside narrow x the kernels take what they compute in: as autocast leaves parameters.
  if (t.dtype() != x.dtype() && t.dtype() != compute_type(x.dtype())) {
    throw DTypeError(
        fmt::format("{}: {} is {}: x is {}", op, what, name(t.dtype()), name(x.dtype())));
  }
}

/// running = (1 - momentum) running + momentum batch, mean and variance in one program.
const ProgramPtr& running_program() {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("running_statistics", 4, 4);
    const auto keep = b.scalar(0);
    const auto take = b.scalar(1);
    const auto eps = b.scalar(2);
    const auto unbias = b.scalar(3);
    const auto variance = 1.0 / (b.input(3) * b.input(3)) - eps;
    b.output(b.input(0) * keep + b.input(2) * take);
    b.output(b.input(1) * keep + variance * take * unbias);
    return b.build();
  }();
  return program;
}

}  // namespace

// NOLINTNEXTLINE(performance-unnecessary-value-param): handles of what is written
Tensor batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, Tensor running_mean,
                  // NOLINTNEXTLINE(performance-unnecessary-value-param)
                  Tensor running_var, bool training, double momentum, double eps) {
  detail::check_defined(x, "batch_norm", "x");
  const Shape& sx = x.shape();
  check_floating("batch_norm", x);
  if (sx.rank() < 2) {
    throw ShapeError(fmt::format("batch_norm: x must be (n, c, …): {}", to_string(sx)));
  }
  const int64_t c = sx[1];
  check_vector("batch_norm", "weight", weight, x, c);
  check_vector("batch_norm", "bias", bias, x, c);
  check_vector("batch_norm", "running_mean", running_mean, x, c);
  check_vector("batch_norm", "running_var", running_var, x, c);
  const int64_t count = c == 0 ? 0 : numel(sx) / c;
  if (training && count <= 1) {
    throw ShapeError(fmt::format(
        "batch_norm: training needs more than one value per channel: x {}; use a larger batch, or "
        "eval()",
        to_string(sx)));
  }
  if (!training && (!running_mean.defined() || !running_var.defined())) {
    throw ValueError("batch_norm: eval mode needs running_mean and running_var; pass them");
  }
  const Norm norm{NormKind::channel, !training, eps, c};
  const DType stat = compute_type(x.dtype());
  Backend& backend = detail::impl(x).backend();
  const Tensor flat =
      sx.rank() == 3
          ? x
          : x.reshape({sx[0], c, c == 0 ? 0 : numel(sx) / std::max<int64_t>(1, sx[0] * c)});
  Tensor mean;
  Tensor rstd;
  if (training) {
    mean = detail::make_tensor({c}, stat, backend);
    rstd = detail::make_tensor({c}, stat, backend);
  } else {
    const NoGradGuard off;
    mean = running_mean.to(stat);
    rstd = (running_var.to(stat) + eps).rsqrt();
  }
  const Tensor y = run("batch_norm", norm, flat, weight, bias, mean, rstd);
  if (training && running_mean.defined() && running_var.defined() && !autograd::recomputing()) {
    const Tensor outputs[] = {running_mean, running_var};
    const Tensor inputs[] = {running_mean, running_var, mean, rstd};
    const auto n = static_cast<double>(count);
    const Scalar scalars[] = {1.0 - momentum, momentum, eps, n / (n - 1.0)};
    pointwise_(running_program(), outputs, inputs, scalars);
  }
  return sx.rank() == 3 ? y : y.reshape(sx);
}

namespace {

/// layer_norm and rms_norm: over the last axes.
Tensor row_norm(const char* op, NormKind kind, const Tensor& x, const Shape& normalized,
                const Tensor& weight, const Tensor& bias, double eps) {
  detail::check_defined(x, op, "x");
  const Shape& sx = x.shape();
  const int lead = sx.rank() - normalized.rank();
  check_floating(op, x);
  bool fits = lead >= 0 && !normalized.empty();
  for (int i = 0; fits && i < normalized.rank(); ++i) fits = sx[lead + i] == normalized[i];
  if (!fits) {
    throw ShapeError(fmt::format("{}: the last axes of x {} must be {}", op, to_string(sx),
                                 to_string(normalized)));
  }
  const int64_t d = numel(normalized);
  const auto flat_affine = [&](const Tensor& t, const char* what) {
    if (t.defined() && t.shape() != normalized) {
      throw ShapeError(fmt::format("{}: {} has shape {}: it must be {}", op, what,
                                   to_string(t.shape()), to_string(normalized)));
    }
    return t.defined() && t.dim() != 1 ? t.reshape({-1}) : t;
  };
  const Tensor w = flat_affine(weight, "weight");
  const Tensor b = flat_affine(bias, "bias");
  check_vector(op, "weight", w, x, d);
  check_vector(op, "bias", b, x, d);
  const int64_t rows = d == 0 ? 0 : numel(sx) / d;
  const DType stat = compute_type(x.dtype());
  Backend& backend = detail::impl(x).backend();
  const Tensor mean = detail::make_tensor({rows}, stat, backend);
  const Tensor rstd = detail::make_tensor({rows}, stat, backend);
  // What rms leaves as it was: its mean is 0.
  if (kind == NormKind::rms) detail::fill_unrecorded(mean, 0);
  const bool flat = sx.rank() == 2 && lead == 1;
  const Tensor y =
      run(op, {kind, false, eps, d}, flat ? x : x.reshape({rows, d}), w, b, mean, rstd);
  return flat ? y : y.reshape(sx);
}

}  // namespace

Tensor layer_norm(const Tensor& x, const Shape& normalized, const Tensor& weight,
                  const Tensor& bias, double eps) {
  return row_norm("layer_norm", NormKind::row, x, normalized, weight, bias, eps);
}

Tensor rms_norm(const Tensor& x, const Shape& normalized, const Tensor& weight,
                std::optional<double> eps) {
  detail::check_defined(x, "rms_norm", "x");
  check_floating("rms_norm", x);
  return row_norm("rms_norm", NormKind::rms, x, normalized, weight, Tensor(),
                  eps.value_or(x.dtype() == float64 ? std::numeric_limits<double>::epsilon()
                                                    : std::numeric_limits<float>::epsilon()));
}

Tensor group_norm(const Tensor& x, int64_t groups, const Tensor& weight, const Tensor& bias,
                  double eps) {
  detail::check_defined(x, "group_norm", "x");
  const Shape& sx = x.shape();
  check_floating("group_norm", x);
  if (sx.rank() < 2 || groups < 1 || sx[1] % groups != 0) {
    throw ShapeError(
        fmt::format("group_norm: x must be (n, c, ...) with groups that divide c: x {}, groups {}",
                    to_string(sx), groups));
  }
  const int64_t c = sx[1];
  check_vector("group_norm", "weight", weight, x, c);
  check_vector("group_norm", "bias", bias, x, c);
  const int64_t rows = sx[0] * groups;
  const int64_t inner = c == 0 || sx[0] == 0 ? 0 : numel(sx) / (sx[0] * c);
  const DType stat = compute_type(x.dtype());
  Backend& backend = detail::impl(x).backend();
  const Tensor mean = detail::make_tensor({rows}, stat, backend);
  const Tensor rstd = detail::make_tensor({rows}, stat, backend);
  return run("group_norm", {NormKind::group, false, eps, c}, x.reshape({rows, c / groups, inner}),
             weight, bias, mean, rstd)
      .reshape(sx);
}

Tensor instance_norm(const Tensor& x, Tensor running_mean, Tensor running_var, const Tensor& weight,
                     const Tensor& bias, bool use_input_stats, double momentum, double eps) {
  detail::check_defined(x, "instance_norm", "x");
  const Shape& sx = x.shape();
  check_floating("instance_norm", x);
  if (sx.rank() < 3) {
    throw ShapeError(fmt::format("instance_norm: x must be (n, c, l, ...): {}", to_string(sx)));
  }
  if (!use_input_stats) {
    return batch_norm(x, weight, bias, running_mean, running_var, false, momentum, eps);
  }
  const int64_t n = sx[0], c = sx[1];
  check_vector("instance_norm", "weight", weight, x, c);
  check_vector("instance_norm", "bias", bias, x, c);
  check_vector("instance_norm", "running_mean", running_mean, x, c);
  check_vector("instance_norm", "running_var", running_var, x, c);
  const int64_t inner = n * c == 0 ? 0 : numel(sx) / (n * c);
  if (n * c > 0 && inner == 1) {
    throw ShapeError(
        fmt::format("instance_norm: there must be more than one value per channel and sample: x {}",
                    to_string(sx)));
  }
  if (n * c == 0) return x * 1.0;
  // A channel of every sample is a channel of its own.
  const auto each = [&](const Tensor& t) {
    return t.defined() ? t.reshape({1, c}).expand({n, c}).reshape({n * c}) : t;
  };
  Tensor means, variances;
  if (running_mean.defined() && running_var.defined()) {
    const NoGradGuard off;
    means = each(running_mean).contiguous().clone();
    variances = each(running_var).contiguous().clone();
  }
  const Tensor y = batch_norm(x.reshape({1, n * c, inner}), each(weight), each(bias), means,
                              variances, true, momentum, eps);
  if (means.defined() && !autograd::recomputing()) {
    const NoGradGuard off;
    running_mean.copy_(means.reshape({n, c}).mean({0}));
    running_var.copy_(variances.reshape({n, c}).mean({0}));
  }
  return y.reshape(sx);
}

}  // namespace ct
