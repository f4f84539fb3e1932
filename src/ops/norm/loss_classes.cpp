// Losses of scores by classes: programs over (n, classes), or (n, classes, classes) that is never
// made, summed over the classes.
#include "customtensor/ops/loss_classes.hpp"

#include <fmt/format.h>

#include "core/view/index_check.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/compare.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/indexing.hpp"
#include "customtensor/ops/reduce.hpp"
#include "customtensor/ops/scan.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/autocast.hpp"
#include "ops/index/index.hpp"
#include "ops/norm/class_targets.hpp"
#include "ops/norm/loss_reduce.hpp"
#include "ops/pointwise/pointwise_ops.hpp"
#include "ops/pointwise/wide.hpp"
#include "ops/reduce/reduce.hpp"

namespace ct {

namespace {

using Builder = PointwiseBuilder;
using Value = PointwiseValue;
using ops::make_program;

Tensor numbers(int64_t classes, const Tensor& like) {
  return arange(classes, {.dtype = like.dtype(), .device = like.device()});
}

void check_rows(const char* op, const Tensor& input) {
  if (input.dim() == 2) return;
  throw ShapeError(
      fmt::format("{}: input must be (n, classes) or (classes): {}", op, to_string(input.shape())));
}

}  // namespace

Tensor multi_margin_loss(const Tensor& input, const Tensor& target,
                         const MultiMarginOptions& options) {
  if (const ops::Autocast cast{"multi_margin_loss"}) {
    return multi_margin_loss(cast(input), target, cast.weighted(options));
  }
  constexpr const char* kName = "multi_margin_loss";
  detail::check_defined(input, kName, "input");
  detail::check_defined(target, kName, "target");
  if (options.p != 1 && options.p != 2) {
    throw ValueError(fmt::format("{}: p must be 1 or 2: {}", kName, options.p));
  }
  if (input.dim() == 1) {
    const Tensor one = multi_margin_loss(input.unsqueeze(0), target.reshape({-1}), options);
    return options.reduction == Reduction::none ? one.reshape({}) : one;
  }
  ops::check_targets(kName, input, target);
  check_rows(kName, input);
  const int64_t classes = input.size(1);
  const ops::TargetFacts facts = ops::check_classes(kName, target, classes, std::nullopt);
  const Tensor x = ops::wide(input);
  const Tensor column = target.reshape({-1, 1}).contiguous();
  const Tensor own = ops::gather_checked("gather", x, 1, column, facts.unseen());
  const Tensor weight =
      ops::gather_checked("gather", ops::class_weights(kName, options.weight, x, classes), 0,
                          column.reshape({-1}))
          .unsqueeze(1);
  const Tensor at = column.to(x.dtype()), all = numbers(classes, x);
  static const ProgramPtr program = make_program(kName, 5, 2, [](Builder& b) {
    const Value miss = b.apply(Opcode::relu, b.scalar(0) - b.input(1) + b.input(0));
    const Value powered = b.apply(Opcode::select, b.scalar(1), miss * miss, miss);
    const Value own_class = b.apply(Opcode::eq, b.input(3), b.input(4));
    return b.apply(Opcode::select, own_class, 0.0, powered * b.input(2));
  });
  const Tensor* inputs[] = {&x, &own, &weight, &at, &all};
  const Scalar scalars[] = {options.margin, options.p == 2 ? 1.0 : 0.0};
  const Tensor losses = ops::sum_of_program(kName, program, inputs, scalars, 2U, false,
                                            1.0 / static_cast<double>(classes));
  return ops::reduced_loss(losses, options.reduction).to(input.dtype());
}

Tensor multilabel_margin_loss(const Tensor& input, const Tensor& target, Reduction reduction) {
  if (const ops::Autocast cast{"multilabel_margin_loss"}) {
    return multilabel_margin_loss(cast(input), target, reduction);
  }
  constexpr const char* kName = "multilabel_margin_loss";
  ops::check_same_shape(kName, input, target);
  detail::check_same_device(input, target, kName);
  if (target.dtype() != int64 || !is_floating(input.dtype())) {
    throw DTypeError(fmt::format("{}: input is {} and target {}: they must be floating and int64",
                                 kName, name(input.dtype()), name(target.dtype())));
  }
  if (input.dim() == 1) {
    const Tensor one = multilabel_margin_loss(input.unsqueeze(0), target.unsqueeze(0), reduction);
    return reduction == Reduction::none ? one.reshape({}) : one;
  }
  check_rows(kName, input);
  const int64_t classes = input.size(1);
  const Tensor x = ops::wide(input);
  Tensor counts, safe, is_target;
  {
    const NoGradGuard off;
    // Those before the first -1 count.
    counts = cummin(target, 1).first >= 0;
    safe = where(counts, target, zeros_like(target));
    is_target = zeros(x.shape(), {.dtype = x.dtype(), .device = x.device()});
  }
  const ops::IndexFacts facts = ops::check_index(kName, safe, classes, 1);
  const Tensor valid = counts.to(x.dtype());
  {
    const NoGradGuard off;
    is_target = scatter_reduce(is_target, 1, safe, valid, "amax");
  }
  const Tensor own = ops::gather_checked("gather", x, 1, safe, facts.unseen());
  static const ProgramPtr program = make_program(kName, 4, 0, [](Builder& b) {
    const Value miss = b.apply(Opcode::relu, 1.0 - (b.input(0) - b.input(2)));
    return miss * b.input(1) * (1.0 - b.input(3));
  });
  const Tensor y = own.unsqueeze(2), v = valid.unsqueeze(2), i = x.unsqueeze(1),
               t = is_target.unsqueeze(1);
  const Tensor* inputs[] = {&y, &v, &i, &t};
  const Tensor losses = ops::sum_of_program(kName, program, inputs, {}, 6U, false,
                                            1.0 / static_cast<double>(classes));
  return ops::reduced_loss(losses, reduction).to(input.dtype());
}

Tensor multilabel_soft_margin_loss(const Tensor& input, const Tensor& target, const Tensor& weight,
                                   Reduction reduction) {
  if (const ops::Autocast cast{"multilabel_soft_margin_loss"}) {
    return multilabel_soft_margin_loss(cast(input), cast(target), cast(weight), reduction);
  }
  constexpr const char* kName = "multilabel_soft_margin_loss";
  ops::check_same_shape(kName, input, target);
  if (input.dim() != 1) check_rows(kName, input);
  const int64_t classes = input.size(-1);
  const Tensor x = ops::wide(input);
  const Tensor w = ops::class_weights(kName, weight, x, classes);
  static const ProgramPtr program = make_program(kName, 3, 0, [](Builder& b) {
    const Value x = b.input(0), t = b.input(1);
    return b.input(2) *
           (t * b.apply(Opcode::softplus, -x) + (1.0 - t) * b.apply(Opcode::softplus, x));
  });
  const Tensor* inputs[] = {&x, &target, &w};
  const Tensor losses = ops::sum_of_program(kName, program, inputs, {}, 1U << (x.dim() - 1), false,
                                            1.0 / static_cast<double>(classes));
  return ops::reduced_loss(losses, reduction).to(input.dtype());
}

Tensor focal_loss(const Tensor& logits, const Tensor& targets, const ClassFocalOptions& options) {
  if (const ops::Autocast cast{"focal_loss"}) {
    return focal_loss(cast(logits), targets, cast.weighted(options));
  }
  if (!(options.gamma >= 0.0)) {
    throw ValueError(fmt::format("focal_loss: gamma must not be negative: {}", options.gamma));
  }
  // Unweighted losses are -log p_y: all that the factor needs.
  CrossEntropyOptions plain{.reduction = Reduction::none, .ignore_index = options.ignore_index};
  ops::check_targets("focal_loss", logits, targets);
  const Tensor x = ops::wide(logits);
  const Tensor entropy = cross_entropy(x, targets, plain);
  const Tensor w = ops::class_weights("focal_loss", options.weight, x, x.size(ops::class_axis(x)));
  Tensor picked;
  {
    const NoGradGuard off;
    const Tensor ignored = targets == options.ignore_index;
    const Tensor safe = where(ignored, zeros_like(targets), targets).reshape({-1});
    picked = (ops::gather_checked("gather", w, 0, safe) *
              logical_not(ignored).reshape({-1}).to(w.dtype()))
                 .reshape(targets.shape());
  }
  static const ProgramPtr program = make_program("focal_loss", 2, 1, [](Builder& b) {
    const Value miss = -b.apply(Opcode::expm1, -b.input(0));
    const Value sure = b.apply(Opcode::le, miss, 1e-30);
    const Value log_miss = b.apply(Opcode::log, b.apply(Opcode::select, sure, 1e-30, miss));
    return b.input(0) * b.input(1) * b.apply(Opcode::exp, b.scalar(0) * log_miss);
  });
  const Tensor losses = ops::apply("focal_loss", program, {&entropy, &picked}, {options.gamma});
  if (options.reduction == Reduction::none) return losses.to(logits.dtype());
  const Tensor total = losses.sum();
  return (options.reduction == Reduction::sum ? total : total / picked.sum()).to(logits.dtype());
}

Tensor dice_loss(const Tensor& input, const Tensor& target, const DiceOptions& options) {
  if (const ops::Autocast cast{"dice_loss"}) {
    return dice_loss(cast(input), cast(target), options);
  }
  ops::check_same_shape("dice_loss", input, target);
  ops::check_floating("dice_loss", input);
  if (input.dim() < 2) {
    throw ShapeError(
        fmt::format("dice_loss: input must be (n, classes, ...): {}", to_string(input.shape())));
  }
  if (!(options.smooth >= 0.0)) {
    throw ValueError(fmt::format("dice_loss: smooth must not be negative: {}", options.smooth));
  }
  const Tensor x = ops::wide(input), t = target.to(x.dtype());
  const uint32_t mask = ((1U << x.dim()) - 1U) & ~3U;
  static const ProgramPtr both =
      make_program("dice_loss", 2, 0, [](Builder& b) { return b.input(0) * b.input(1); });
  static const ProgramPtr either =
      make_program("dice_loss", 2, 0, [](Builder& b) { return b.input(0) + b.input(1); });
  static const ProgramPtr ratio = make_program("dice_loss", 2, 1, [](Builder& b) {
    return 1.0 - (2.0 * b.input(0) + b.scalar(0)) / (b.input(1) + b.scalar(0));
  });
  const Tensor* inputs[] = {&x, &t};
  Tensor overlap, sizes;
  if (mask == 0) {
    overlap = ops::apply("dice_loss", both, inputs);
    sizes = ops::apply("dice_loss", either, inputs);
  } else {
    overlap = ops::sum_of_program("dice_loss", both, inputs, {}, mask, false, 1.0);
    sizes = ops::sum_of_program("dice_loss", either, inputs, {}, mask, false, 1.0);
  }
  const Tensor losses = ops::apply("dice_loss", ratio, {&overlap, &sizes}, {options.smooth});
  return ops::reduced_loss(losses, options.reduction).to(input.dtype());
}

}  // namespace ct
