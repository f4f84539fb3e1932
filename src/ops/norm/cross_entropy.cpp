// Cross entropy and negative log likelihood. Rows of logits have fused kernels forward and
// backward; under create_graph the backward is composed of public ops. What has more axes, weights,
// smoothing or probabilities for targets is one sum over the classes of a program of the
// log-probabilities, whose derivative is one program again. Between a loss of each row and its sum
// narrow types are wide (wide.hpp).
#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/compare.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/indexing.hpp"
#include "customtensor/ops/loss.hpp"
#include "customtensor/ops/reduce.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/autocast.hpp"
#include "ops/index/index.hpp"
#include "ops/norm/class_targets.hpp"
#include "ops/norm/loss_reduce.hpp"
#include "ops/pointwise/pointwise_ops.hpp"
#include "ops/pointwise/wide.hpp"
#include "ops/reduce/reduce.hpp"

namespace ct {

using autograd::Gradients;
using autograd::Recording;

namespace {

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

/// A vector along `axis` of what has `rank` axes.
Tensor along(const Tensor& vector, int axis, int64_t rank) {
  Shape shape;
  for (int64_t i = 0; i < rank; ++i) shape.push_back(i == axis ? vector.numel() : 1);
  return vector.reshape(shape);
}

/// Losses of log-probabilities by classes: -sum over c of w_c lp_c ((1 - s) [c is the target] + s /
/// classes), and the weights of the targets, 0 where they are ignored.
struct ClassLosses {
  Tensor losses, weights;
};
ClassLosses class_losses(const char* op, const Tensor& log_probs, const Tensor& targets,
                         const CrossEntropyOptions& options) {
  const int axis = ops::class_axis(log_probs);
  const int64_t classes = log_probs.size(axis);
  ops::TargetFacts facts = ops::check_classes(op, targets, classes, options.ignore_index);
  const Tensor w = ops::class_weights(op, options.weight, log_probs, classes);
  Tensor picked, target;
  {
    const NoGradGuard off;
    const Tensor ignored = targets == options.ignore_index;
    const Tensor safe = where(ignored, zeros_like(targets), targets).reshape({-1});
    if (facts.check) {
      facts.check->shape = safe.shape();
      facts.check->strides = safe.strides();
    }
    Tensor weights = ops::gather_checked("gather", w, 0, safe, facts.unseen());
    weights = weights * logical_not(ignored).reshape({-1}).to(w.dtype());
    picked = weights.reshape(targets.shape()).unsqueeze(axis);
    target = targets.to(w.dtype()).unsqueeze(axis);
  }
  const Tensor numbers =
      along(arange(classes, {.dtype = w.dtype(), .device = w.device()}), axis, log_probs.dim());
  const Tensor by_class = along(w, axis, log_probs.dim());
  const double s = options.label_smoothing;
  static const ProgramPtr hard = ops::make_program("nll_loss", 4, 0, [](PointwiseBuilder& b) {
    const auto hit = b.apply(Opcode::eq, b.input(1), b.input(2));
    return -b.apply(Opcode::select, hit, b.input(0) * b.input(3), 0.0);
  });
  static const ProgramPtr smooth =
      ops::make_program("cross_entropy", 5, 2, [](PointwiseBuilder& b) {
        const auto hit = b.apply(Opcode::eq, b.input(1), b.input(2));
        const auto counts = b.apply(Opcode::ne, b.input(3), 0.0);
        const auto share =
            b.apply(Opcode::select, hit, b.scalar(0) * b.input(3), 0.0) + b.scalar(1) * b.input(4);
        return -b.apply(Opcode::select, counts, share * b.input(0), 0.0);
      });
  const uint32_t mask = 1U << axis;
  Tensor losses;
  if (s > 0.0) {
    const Tensor* inputs[] = {&log_probs, &numbers, &target, &picked, &by_class};
    const Scalar scalars[] = {1.0 - s, s / static_cast<double>(classes)};
    losses = ops::sum_of_program(op, smooth, inputs, scalars, mask, false, 1.0);
  } else {
    const Tensor* inputs[] = {&log_probs, &numbers, &target, &picked};
    losses = ops::sum_of_program(op, hard, inputs, {}, mask, false, 1.0);
  }
  return {losses, picked.squeeze(axis)};
}

/// Sum, or mean weighted as the losses were.
Tensor reduced(const ClassLosses& by_class, Reduction reduction) {
  if (reduction == Reduction::none) return by_class.losses;
  if (reduction == Reduction::sum) return by_class.losses.sum();
  return by_class.losses.sum() / by_class.weights.sum();
}

/// Sum or mean of row losses, which are wide. The division is folded into the sum, or done on the
/// device that alone knows the count.
Tensor reduced_rows(const Tensor& losses, Reduction reduction, std::optional<double> count,
                    const Tensor& targets, int64_t ignore) {
  if (reduction == Reduction::none) return losses;
  const bool mean = reduction == Reduction::mean;
  const double scale = mean && count ? 1.0 / *count : 1.0;
  Tensor total = ops::total_of_program("cross_entropy", program_of(Opcode::copy), {&losses}, scale);
  if (!mean || count) return total;
  return total / (targets != ignore).to(total.dtype()).sum();
}

/// -sum over c of w_c lp_c ((1 - s) t_c + s / classes); the mean is by samples, as PyTorch's.
Tensor by_probabilities(const Tensor& logits, const Tensor& targets,
                        const CrossEntropyOptions& options) {
  const int axis = ops::class_axis(logits);
  const int64_t classes = logits.size(axis);
  const Tensor lp = log_softmax(ops::wide(logits), axis);
  const Tensor w = along(ops::class_weights("cross_entropy", options.weight, logits, classes), axis,
                         logits.dim());
  static const ProgramPtr program =
      ops::make_program("cross_entropy", 3, 2, [](PointwiseBuilder& b) {
        return -(b.input(0) * b.input(2) * (b.scalar(0) * b.input(1) + b.scalar(1)));
      });
  const double s = options.label_smoothing;
  const Tensor* inputs[] = {&lp, &targets, &w};
  const Scalar scalars[] = {1.0 - s, s / static_cast<double>(classes)};
  const uint32_t mask =
      options.reduction == Reduction::none ? 1U << axis : (1U << logits.dim()) - 1U;
  const double scale = options.reduction == Reduction::mean
                           ? static_cast<double>(classes) / static_cast<double>(logits.numel())
                           : 1.0;
  return ops::sum_of_program("cross_entropy", program, inputs, scalars, mask, false, scale);
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& targets,
                     const CrossEntropyOptions& options) {
  if (const ops::Autocast cast{"cross_entropy"}) {
    return cross_entropy(cast(logits), cast(targets), cast.weighted(options));
  }
  const double smoothing = options.label_smoothing;
  if (!(smoothing >= 0.0 && smoothing <= 1.0)) {
    throw ValueError(
        fmt::format("cross_entropy: label_smoothing must be in [0, 1]: {}", smoothing));
  }
  detail::check_defined(logits, "cross_entropy", "logits");
  detail::check_defined(targets, "cross_entropy", "targets");
  if (is_floating(targets.dtype()) && is_floating(logits.dtype()) && logits.dim() > 0) {
    detail::check_same_device(logits, targets, "cross_entropy");
    ops::check_same_shape("cross_entropy", logits, targets);
    return by_probabilities(logits, targets, options).to(logits.dtype());
  }
  ops::check_targets("cross_entropy", logits, targets);
  if (logits.dim() != 2 || smoothing > 0.0 || options.weight.defined()) {
    const Tensor lp = log_softmax(ops::wide(logits), ops::class_axis(logits));
    return reduced(class_losses("cross_entropy", lp, targets, options), options.reduction)
        .to(logits.dtype());
  }
  const ops::TargetFacts facts =
      ops::check_classes("cross_entropy", targets, logits.size(1), options.ignore_index);
  const Tensor losses = row_losses(logits, targets, options.ignore_index, facts.unseen());
  return reduced_rows(losses, options.reduction, facts.counted, targets, options.ignore_index)
      .to(logits.dtype());
}

Tensor nll_loss(const Tensor& log_probs, const Tensor& targets,
                const CrossEntropyOptions& options) {
  if (const ops::Autocast cast{"nll_loss"}) {
    return nll_loss(cast(log_probs), cast(targets), cast.weighted(options));
  }
  ops::check_targets("nll_loss", log_probs, targets);
  CrossEntropyOptions plain = options;
  plain.label_smoothing = 0.0;
  return reduced(class_losses("nll_loss", ops::wide(log_probs), targets, plain), options.reduction)
      .to(log_probs.dtype());
}

}  // namespace ct
