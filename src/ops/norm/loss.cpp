// Softmax and losses. Fused kernels run forward and backward; under create_graph the backward is
// composed of public ops. Between a loss of each row and its sum, and between a softmax and its
// gradient, narrow types are wide (wide.hpp).
#include "customtensor/ops/loss.hpp"

#include <fmt/format.h>

#include <optional>

#include "core/settings.hpp"
#include "core/view/index_check.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/indexing.hpp"
#include "customtensor/ops/reduce.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/index/index.hpp"
#include "ops/pointwise/apply.hpp"
#include "ops/pointwise/copy.hpp"
#include "ops/pointwise/wide.hpp"
#include "ops/reduce/reduce.hpp"

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

void check_targets(const char* op, const Tensor& logits, const Tensor& targets) {
  detail::check_defined(logits, op, "logits");
  detail::check_defined(targets, op, "targets");
  detail::check_same_device(logits, targets, op);
  if (logits.dim() != 2 || targets.dim() != 1 || logits.shape()[0] != targets.shape()[0]) {
    throw ShapeError(fmt::format(
        "{}: logits {} and targets {} do not fit: they must be (rows, classes) and (rows)", op,
        to_string(logits.shape()), to_string(targets.shape())));
  }
  if (targets.dtype() != int64 || !is_floating(logits.dtype())) {
    throw DTypeError(fmt::format(
        "{}: logits are {} and targets {}: they must be floating and int64; convert with .to()", op,
        name(logits.dtype()), name(targets.dtype())));
  }
}

/// What is known of targets.
struct TargetFacts {
  std::optional<double> counted;    ///< rows that count, if the host sees them without waiting
  std::optional<IndexCheck> check;  ///< left to the device, since the host cannot see them

  const IndexCheck* unseen() const { return check ? &*check : nullptr; }
};

/// Checks targets, or says what the device is to check.
TargetFacts check_classes(const char* op, const Tensor& targets, int64_t classes, int64_t ignore) {
  const TensorImpl& t = detail::impl(targets);
  const auto check = [&] {
    return IndexCheck{.op = op,
                      .classes = true,
                      .size = classes,
                      .count = classes,
                      .shape = t.shape,
                      .strides = t.strides};
  };
  auto* memory = static_cast<int64_t*>(t.backend().host_pointer(t.buffer()));
  if (memory == nullptr) {
    if (!detail::has_values(targets)) return {};
    if (classes > 0 && !settings::kCheckIndices.read().value_or(false)) return {{}, check()};
    const NoGradGuard off;
    check_classes(op, targets.to("cpu"), classes, ignore);
    return {};  // the same kernels follow as without the setting
  }
  t.kernels().synchronize();
  int64_t count = 0;
  for (int64_t i = 0; i < t.numel; ++i) {
    const int64_t c = memory[t.offset + i * t.strides[0]];
    if (c == ignore) continue;
    ++count;
    if (c < 0 || c >= classes) throw_outside(check(), i, c);
  }
  return {static_cast<double>(count), {}};
}

/// onehot(targets) of `like`'s shape and type, zero rows where ignored.
Tensor one_hot_like(const Tensor& like, const Tensor& targets, int64_t ignore) {
  const NoGradGuard off;
  const Tensor classes =
      arange(like.shape()[1], {.dtype = int64, .device = like.device()}).reshape({1, -1});
  const Tensor column = targets.reshape({-1, 1});
  return logical_and(classes == column, column != ignore).to(like.dtype());
}

Tensor cross_entropy_backward(const Tensor& logits, const Tensor& targets, const Tensor& lse,
                              const Tensor& g, int64_t ignore) {
  if (grad_enabled()) {
    const Tensor scores = ops::wide(logits);
    const Tensor hot = one_hot_like(scores, targets, ignore);
    const Tensor counted = hot.sum({1}, true);
    return (softmax(scores, 1) * counted - hot) * g.reshape({-1, 1});
  }
  Tensor d = detail::make_tensor(logits.shape(), logits.dtype(), detail::impl(logits).backend());
  detail::impl(logits).kernels().cross_entropy_backward({.logits = detail::view_of(logits),
                                                         .targets = detail::view_of(targets),
                                                         .lse = detail::view_of(lse),
                                                         .grad_losses = detail::view_of(g),
                                                         .grad_logits = detail::view_of(d),
                                                         .ignore_index = ignore});
  return d;
}

/// One loss per row.
Tensor row_losses(const Tensor& logits, const Tensor& targets, int64_t ignore,
                  const IndexCheck* check) {
  const DType type = compute_type(logits.dtype());
  const Shape rows{logits.shape()[0]};
  Backend& backend = detail::impl(logits).backend();
  Tensor losses = detail::make_tensor(rows, type, backend);
  const Tensor lse = detail::make_tensor(rows, type, backend);
  Kernels(backend).cross_entropy_forward({.logits = detail::view_of(logits),
                                          .targets = detail::view_of(targets),
                                          .losses = detail::view_of(losses),
                                          .lse = detail::view_of(lse),
                                          .ignore_index = ignore,
                                          .check = check});
  autograd::record("cross_entropy", {&losses}, {&logits}, [&](const Recording& r) {
    return [x = r.save(0), at = r.save_extra(targets), lse = r.save_extra(lse), ignore](
               std::span<const Tensor> g, Gradients& d) {
      d[0] = cross_entropy_backward(x.get(), at.get(), lse.get(), g[0], ignore);
    };
  });
  return losses;
}

/// Sum or mean of row losses, which are wide. The division is folded into the sum, or done on the
/// device that alone knows the count.
Tensor reduced(const char* op, const Tensor& losses, Reduction reduction,
               std::optional<double> count, const Tensor& targets, int64_t ignore) {
  if (reduction == Reduction::none) return losses;
  const bool mean = reduction == Reduction::mean;
  const double scale = mean && count ? 1.0 / *count : 1.0;
  const Tensor total = ops::total_of_program(op, program_of(Opcode::copy), {&losses}, scale);
  if (!mean || count) return total;
  return total / (targets != ignore).to(total.dtype()).sum();
}

Tensor distance(const char* op, const ProgramPtr& program, const Tensor& a, const Tensor& b,
                Reduction reduction) {
  detail::check_defined(a, op, "a");
  detail::check_defined(b, op, "b");
  // (4, 1) and (4) would broadcast to (4, 4): hardly ever what is meant, and nothing else shows it.
  if (a.shape() != b.shape()) {
    throw ShapeError(
        fmt::format("{}: shapes differ: {} and {}; losses do not broadcast, reshape() or expand() "
                    "one of them",
                    op, to_string(a.shape()), to_string(b.shape())));
  }
  if (reduction == Reduction::none) return ops::apply(op, program, {&a, &b});
  const auto n = static_cast<double>(a.numel());
  return ops::total_of_program(op, program, {&a, &b}, reduction == Reduction::mean ? 1.0 / n : 1.0);
}

}  // namespace

Tensor softmax(const Tensor& x, int64_t axis) { return softmax_family("softmax", false, x, axis); }
Tensor log_softmax(const Tensor& x, int64_t axis) {
  return softmax_family("log_softmax", true, x, axis);
}
Tensor Tensor::softmax(int64_t axis) const { return ct::softmax(*this, axis); }
Tensor Tensor::log_softmax(int64_t axis) const { return ct::log_softmax(*this, axis); }

Tensor cross_entropy(const Tensor& logits, const Tensor& targets,
                     const CrossEntropyOptions& options) {
  check_targets("cross_entropy", logits, targets);
  const double smoothing = options.label_smoothing;
  if (!(smoothing >= 0.0 && smoothing < 1.0)) {
    throw ValueError(
        fmt::format("cross_entropy: label_smoothing must be in [0, 1): {}", smoothing));
  }
  const int64_t classes = logits.shape()[1];
  const TargetFacts facts = check_classes("cross_entropy", targets, classes, options.ignore_index);
  Tensor losses = row_losses(logits, targets, options.ignore_index, facts.unseen());
  if (smoothing > 0.0) {
    // The other share of the target is spread evenly over the classes.
    const Tensor counted = (targets != options.ignore_index).to(losses.dtype());
    const Tensor even = log_softmax(ops::wide(logits), 1).mean({1}) * counted;
    losses = losses * (1.0 - smoothing) - even * smoothing;
  }
  return reduced("cross_entropy", losses, options.reduction, facts.counted, targets,
                 options.ignore_index)
      .to(logits.dtype());
}

Tensor nll_loss(const Tensor& log_probs, const Tensor& targets,
                const CrossEntropyOptions& options) {
  check_targets("nll_loss", log_probs, targets);
  TargetFacts facts =
      check_classes("nll_loss", targets, log_probs.shape()[1], options.ignore_index);
  Tensor counted;
  Tensor safe;
  {
    const NoGradGuard off;
    const Tensor ignored = targets == options.ignore_index;
    counted = logical_not(ignored).to(compute_type(log_probs.dtype()));
    safe = where(ignored, zeros_like(targets), targets);
  }
  if (facts.check) facts.check->strides = safe.strides();
  const Tensor picked =
      ops::gather_checked("gather", log_probs, 1, safe.reshape({-1, 1}), facts.unseen())
          .reshape({-1});
  return reduced("nll_loss", -(picked * counted), options.reduction, facts.counted, targets,
                 options.ignore_index)
      .to(log_probs.dtype());
}

Tensor mse_loss(const Tensor& a, const Tensor& b, Reduction reduction) {
  static const ProgramPtr program = [] {
    PointwiseBuilder p("mse_loss", 2);
    const auto distance = p.input(0) - p.input(1);
    p.output(distance * distance);
    return p.build();
  }();
  return distance("mse_loss", program, a, b, reduction);
}

Tensor l1_loss(const Tensor& a, const Tensor& b, Reduction reduction) {
  static const ProgramPtr program = [] {
    PointwiseBuilder p("l1_loss", 2);
    p.output(p.apply(Opcode::abs, p.input(0) - p.input(1)));
    return p.build();
  }();
  return distance("l1_loss", program, a, b, reduction);
}

}  // namespace ct
