// Losses of one element and its target, as programs; their derivatives follow from the formulas.
// Branches that are not taken are fed harmless numbers, so that their slopes, times 0, are 0.
#include "customtensor/ops/loss_pointwise.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <numbers>

#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/shape.hpp"
#include "ops/autocast.hpp"
#include "ops/norm/loss_reduce.hpp"
#include "ops/pointwise/pointwise_ops.hpp"

namespace ct {

namespace {

using Builder = PointwiseBuilder;
using Value = PointwiseValue;
using ops::check_same_shape;
using ops::make_program;
using ops::pointwise_loss;

Value select(Builder& b, Value condition, Value yes, Value no) {
  return b.apply(Opcode::select, condition, yes, no);
}
/// max(v, 0), whose slope at 0 is 0.
Value hinge(Builder& b, Value v) { return select(b, b.apply(Opcode::gt, v, 0.0), v, 0.0); }
Value softplus(Builder& b, Value v) { return b.apply(Opcode::softplus, v); }
/// log(v) where v is positive, else `otherwise`.
Value safe_log(Builder& b, Value v, Value otherwise) {
  const Value positive = b.apply(Opcode::gt, v, 0.0);
  return select(b, positive, b.apply(Opcode::log, select(b, positive, v, 1.0)), otherwise);
}

}  // namespace

Tensor mse_loss(const Tensor& a, const Tensor& b, Reduction reduction) {
  if (const ops::Autocast cast{"mse_loss"}) {
    return mse_loss(cast(a), cast(b), reduction);
  }
  check_same_shape("mse_loss", a, b);
  static const ProgramPtr program = make_program("mse_loss", 2, 0, [](Builder& p) {
    const Value distance = p.input(0) - p.input(1);
    return distance * distance;
  });
  return pointwise_loss("mse_loss", program, {&a, &b}, {}, reduction);
}

Tensor l1_loss(const Tensor& a, const Tensor& b, Reduction reduction) {
  if (const ops::Autocast cast{"l1_loss"}) {
    return l1_loss(cast(a), cast(b), reduction);
  }
  check_same_shape("l1_loss", a, b);
  static const ProgramPtr program = make_program(
      "l1_loss", 2, 0, [](Builder& p) { return p.apply(Opcode::abs, p.input(0) - p.input(1)); });
  return pointwise_loss("l1_loss", program, {&a, &b}, {}, reduction);
}

Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, Reduction reduction, double beta) {
  if (const ops::Autocast cast{"smooth_l1_loss"}) {
    return smooth_l1_loss(cast(input), cast(target), reduction, beta);
  }
  check_same_shape("smooth_l1_loss", input, target);
  if (!(beta >= 0.0)) {
    throw ValueError(fmt::format("smooth_l1_loss: beta must not be negative: {}", beta));
  }
  if (beta == 0.0) return l1_loss(input, target, reduction);
  static const ProgramPtr program = make_program("smooth_l1_loss", 2, 1, [](Builder& b) {
    const Value distance = b.apply(Opcode::abs, b.input(0) - b.input(1));
    const Value near = b.apply(Opcode::lt, distance, b.scalar(0));
    const Value d = select(b, near, distance, 0.0);
    return select(b, near, 0.5 * d * d / b.scalar(0), distance - 0.5 * b.scalar(0));
  });
  return pointwise_loss("smooth_l1_loss", program, {&input, &target}, {beta}, reduction);
}

Tensor huber_loss(const Tensor& input, const Tensor& target, Reduction reduction, double delta) {
  if (const ops::Autocast cast{"huber_loss"}) {
    return huber_loss(cast(input), cast(target), reduction, delta);
  }
  check_same_shape("huber_loss", input, target);
  if (!(delta > 0.0))
    throw ValueError(fmt::format("huber_loss: delta must be positive: {}", delta));
  static const ProgramPtr program = make_program("huber_loss", 2, 1, [](Builder& b) {
    const Value distance = b.apply(Opcode::abs, b.input(0) - b.input(1));
    const Value near = b.apply(Opcode::le, distance, b.scalar(0));
    const Value d = select(b, near, distance, 0.0);
    return select(b, near, 0.5 * d * d, b.scalar(0) * (distance - 0.5 * b.scalar(0)));
  });
  return pointwise_loss("huber_loss", program, {&input, &target}, {delta}, reduction);
}

Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        const BCEWithLogitsOptions& options) {
  if (const ops::Autocast cast{"binary_cross_entropy_with_logits"}) {
    BCEWithLogitsOptions wide = cast.weighted(options);
    wide.pos_weight = cast(options.pos_weight);
    return binary_cross_entropy_with_logits(cast(logits), cast(target), wide);
  }
  constexpr const char* kName = "binary_cross_entropy_with_logits";
  check_same_shape(kName, logits, target);
  // softplus(x) = x + softplus(-x), taken apart so that a sure element's 0 is exact.
  const auto formula = [](Builder& b, int weight, int positive) {
    const Value x = b.input(0), t = b.input(1);
    const Value one = positive < 0 ? t * softplus(b, -x) : t * b.input(positive) * softplus(b, -x);
    const Value loss = one + (1.0 - t) * softplus(b, x);
    return weight < 0 ? loss : loss * b.input(weight);
  };
  static const ProgramPtr plain =
      make_program(kName, 2, 0, [&](Builder& b) { return formula(b, -1, -1); });
  static const ProgramPtr weighted =
      make_program(kName, 3, 0, [&](Builder& b) { return formula(b, 2, -1); });
  static const ProgramPtr with_positive =
      make_program(kName, 3, 0, [&](Builder& b) { return formula(b, -1, 2); });
  static const ProgramPtr both =
      make_program(kName, 4, 0, [&](Builder& b) { return formula(b, 2, 3); });
  const Tensor &w = options.weight, &p = options.pos_weight;
  if (w.defined() && p.defined()) {
    return pointwise_loss(kName, both, {&logits, &target, &w, &p}, {}, options.reduction);
  }
  if (w.defined()) {
    return pointwise_loss(kName, weighted, {&logits, &target, &w}, {}, options.reduction);
  }
  if (p.defined()) {
    return pointwise_loss(kName, with_positive, {&logits, &target, &p}, {}, options.reduction);
  }
  return pointwise_loss(kName, plain, {&logits, &target}, {}, options.reduction);
}

Tensor sigmoid_focal_loss(const Tensor& logits, const Tensor& target, const FocalOptions& options) {
  if (const ops::Autocast cast{"sigmoid_focal_loss"}) {
    return sigmoid_focal_loss(cast(logits), cast(target), options);
  }
  check_same_shape("sigmoid_focal_loss", logits, target);
  if (!(options.alpha <= 1.0) || !(options.gamma >= 0.0)) {
    throw ValueError(
        fmt::format("sigmoid_focal_loss: alpha must be at most 1 and gamma not negative: {} and {}",
                    options.alpha, options.gamma));
  }
  // 1 - p_t is the sum of two products, in which nothing cancels; its power is taken by logarithms
  // of at least 1e-30, whose slope is finite for any gamma.
  static const ProgramPtr program = make_program("sigmoid_focal_loss", 2, 3, [](Builder& b) {
    const Value x = b.input(0), t = b.input(1);
    const Value entropy = t * softplus(b, -x) + (1.0 - t) * softplus(b, x);
    const Value miss = b.apply(Opcode::sigmoid, x) * (1.0 - t) + b.apply(Opcode::sigmoid, -x) * t;
    const Value sure = b.apply(Opcode::le, miss, 1e-30);
    const Value log_miss = b.apply(Opcode::log, select(b, sure, 1e-30, miss));
    const Value factor = b.apply(Opcode::exp, b.scalar(0) * log_miss);
    return entropy * factor * (b.scalar(1) * t + b.scalar(2) * (1.0 - t));
  });
  const bool even = options.alpha < 0.0;
  return pointwise_loss(
      "sigmoid_focal_loss", program, {&logits, &target},
      {options.gamma, even ? 1.0 : options.alpha, even ? 1.0 : 1.0 - options.alpha},
      options.reduction);
}

Tensor kl_div(const Tensor& input, const Tensor& target, const KLDivOptions& options) {
  if (const ops::Autocast cast{"kl_div"}) {
    return kl_div(cast(input), cast(target), options);
  }
  check_same_shape("kl_div", input, target);
  static const ProgramPtr plain = make_program("kl_div", 2, 0, [](Builder& b) {
    const Value t = b.input(1);
    const Value none = b.apply(Opcode::eq, t, 0.0);
    const Value log_target = b.apply(Opcode::log, select(b, none, 1.0, t));
    return t * log_target - t * b.input(0);
  });
  static const ProgramPtr log = make_program("kl_div", 2, 0, [](Builder& b) {
    return b.apply(Opcode::exp, b.input(1)) * (b.input(1) - b.input(0));
  });
  const ProgramPtr& program = options.log_target ? log : plain;
  switch (options.reduction) {
    case KLDivReduction::none:
      return pointwise_loss("kl_div", program, {&input, &target}, {}, Reduction::none);
    case KLDivReduction::mean:
      return pointwise_loss("kl_div", program, {&input, &target}, {}, Reduction::mean);
    case KLDivReduction::sum:
      break;
    case KLDivReduction::batchmean:
      if (input.dim() > 0) {
        return pointwise_loss("kl_div", program, {&input, &target}, {}, Reduction::sum) /
               static_cast<double>(input.size(0));
      }
  }
  return pointwise_loss("kl_div", program, {&input, &target}, {}, Reduction::sum);
}

Tensor gaussian_nll_loss(const Tensor& input, const Tensor& target, const Tensor& var,
                         const GaussianNLLOptions& options) {
  if (const ops::Autocast cast{"gaussian_nll_loss"}) {
    return gaussian_nll_loss(cast(input), cast(target), cast(var), options);
  }
  check_same_shape("gaussian_nll_loss", input, target);
  detail::check_defined(var, "gaussian_nll_loss", "var");
  if (!(options.eps > 0.0)) {
    throw ValueError(fmt::format("gaussian_nll_loss: eps must be positive: {}", options.eps));
  }
  Tensor variance = var;
  if (var.dim() + 1 == input.dim()) variance = var.unsqueeze(-1);
  Shape shared = input.shape();
  if (shared.rank() > 0) shared[shared.rank() - 1] = 1;
  if (variance.shape() != input.shape() && variance.shape() != shared) {
    throw ShapeError(fmt::format(
        "gaussian_nll_loss: var {} must be as input {}, or without its last axis, or of size 1 "
        "there",
        to_string(var.shape()), to_string(input.shape())));
  }
  // The least variance is added to what is missing of it, as a constant: the slope stays 1.
  static const ProgramPtr program = make_program("gaussian_nll_loss", 4, 2, [](Builder& b) {
    const Value missing = hinge(b, b.scalar(0) - b.input(3));
    const Value v = b.input(2) + missing;
    const Value d = b.input(0) - b.input(1);
    return 0.5 * (b.apply(Opcode::log, v) + d * d / v) + b.scalar(1);
  });
  const double constant = options.full ? 0.5 * std::log(2.0 * std::numbers::pi) : 0.0;
  const Tensor fixed = variance.detach();
  return pointwise_loss("gaussian_nll_loss", program, {&input, &target, &variance, &fixed},
                        {options.eps, constant}, options.reduction);
}

Tensor poisson_nll_loss(const Tensor& input, const Tensor& target,
                        const PoissonNLLOptions& options) {
  if (const ops::Autocast cast{"poisson_nll_loss"}) {
    return poisson_nll_loss(cast(input), cast(target), options);
  }
  check_same_shape("poisson_nll_loss", input, target);
  const auto formula = [](Builder& b, bool log, bool full) {
    const Value x = b.input(0), t = b.input(1);
    const Value loss =
        log ? b.apply(Opcode::exp, x) - t * x : x - t * b.apply(Opcode::log, x + b.scalar(0));
    if (!full) return loss;
    const Value many = b.apply(Opcode::gt, t, 1.0);
    const Value n = select(b, many, t, 1.0);
    const Value stirling =
        n * b.apply(Opcode::log, n) - n + 0.5 * b.apply(Opcode::log, n * (2.0 * std::numbers::pi));
    return loss + select(b, many, stirling, 0.0);
  };
  static const std::array<ProgramPtr, 4> programs = [&] {
    std::array<ProgramPtr, 4> made;
    for (size_t i = 0; i < 4; ++i) {
      made[i] = make_program("poisson_nll_loss", 2, 1,
                             [&](Builder& b) { return formula(b, i % 2 == 1, i >= 2); });
    }
    return made;
  }();
  const size_t which = (options.log_input ? 1U : 0U) + (options.full ? 2U : 0U);
  return pointwise_loss("poisson_nll_loss", programs[which], {&input, &target}, {options.eps},
                        options.reduction);
}

Tensor soft_margin_loss(const Tensor& input, const Tensor& target, Reduction reduction) {
  if (const ops::Autocast cast{"soft_margin_loss"}) {
    return soft_margin_loss(cast(input), cast(target), reduction);
  }
  check_same_shape("soft_margin_loss", input, target);
  static const ProgramPtr program = make_program(
      "soft_margin_loss", 2, 0, [](Builder& b) { return softplus(b, -(b.input(0) * b.input(1))); });
  return pointwise_loss("soft_margin_loss", program, {&input, &target}, {}, reduction);
}

Tensor hinge_embedding_loss(const Tensor& input, const Tensor& target, double margin,
                            Reduction reduction) {
  if (const ops::Autocast cast{"hinge_embedding_loss"}) {
    return hinge_embedding_loss(cast(input), cast(target), margin, reduction);
  }
  check_same_shape("hinge_embedding_loss", input, target);
  static const ProgramPtr program = make_program("hinge_embedding_loss", 2, 1, [](Builder& b) {
    const Value x = b.input(0), t = b.input(1);
    const Value apart = select(b, b.apply(Opcode::eq, t, 1.0), 0.0, hinge(b, b.scalar(0) - x));
    return apart + select(b, b.apply(Opcode::eq, t, -1.0), 0.0, x);
  });
  return pointwise_loss("hinge_embedding_loss", program, {&input, &target}, {margin}, reduction);
}

Tensor margin_ranking_loss(const Tensor& input1, const Tensor& input2, const Tensor& target,
                           double margin, Reduction reduction) {
  if (const ops::Autocast cast{"margin_ranking_loss"}) {
    return margin_ranking_loss(cast(input1), cast(input2), cast(target), margin, reduction);
  }
  check_same_shape("margin_ranking_loss", input1, input2);
  check_same_shape("margin_ranking_loss", input1, target);
  static const ProgramPtr program = make_program("margin_ranking_loss", 3, 1, [](Builder& b) {
    return hinge(b, b.scalar(0) - b.input(2) * (b.input(0) - b.input(1)));
  });
  return pointwise_loss("margin_ranking_loss", program, {&input1, &input2, &target}, {margin},
                        reduction);
}

// --- binary_cross_entropy: a derivative of its own, which stays finite where a logarithm was cut
// --

namespace {

Tensor bce_slope(const Tensor& x, const Tensor& t, const Tensor& w, const Tensor& g) {
  static const ProgramPtr program =
      make_program("binary_cross_entropy_slope", 4, 0, [](Builder& b) {
        const Value x = b.input(0);
        const Value product = x * (1.0 - x);
        const Value small = b.apply(Opcode::lt, product, 1e-12);
        return b.input(3) * b.input(2) * (x - b.input(1)) / select(b, small, 1e-12, product);
      });
  return ops::apply("binary_cross_entropy_slope", program, {&x, &t, &w, &g});
}

Tensor bce_target_slope(const Tensor& x, const Tensor& w, const Tensor& g) {
  static const ProgramPtr program =
      make_program("binary_cross_entropy_target", 3, 0, [](Builder& b) {
        const Value x = b.input(0);
        const Value lowest = -100.0;
        const auto cut = [&](Value v) {
          const Value log = safe_log(b, v, lowest);
          return select(b, b.apply(Opcode::lt, log, lowest), lowest, log);
        };
        return b.input(2) * b.input(1) * (cut(1.0 - x) - cut(x));
      });
  return ops::apply("binary_cross_entropy_target", program, {&x, &w, &g});
}

}  // namespace

Tensor binary_cross_entropy(const Tensor& input, const Tensor& target, const BCEOptions& options) {
  if (const ops::Autocast cast{"binary_cross_entropy"}) {
    return binary_cross_entropy(cast(input), cast(target), cast.weighted(options));
  }
  constexpr const char* kName = "binary_cross_entropy";
  check_same_shape(kName, input, target);
  static const ProgramPtr program = make_program(kName, 3, 0, [](Builder& b) {
    const Value x = b.input(0), t = b.input(1);
    const auto cut = [&](Value v) {
      return b.apply(Opcode::maximum, b.apply(Opcode::log, v), -100.0);
    };
    return -(b.input(2) * (t * cut(x) + (1.0 - t) * cut(1.0 - x)));
  });
  const Tensor w = options.weight.defined()
                       ? options.weight
                       : ones({}, {.dtype = compute_type(input.dtype()), .device = input.device()});
  Tensor out;
  {
    const NoGradGuard off;
    out = pointwise_loss(kName, program, {&input, &target, &w}, {}, options.reduction);
  }
  const double scale =
      options.reduction == Reduction::mean ? 1.0 / static_cast<double>(input.numel()) : 1.0;
  autograd::record(kName, {&out}, {&input, &target}, [&](const autograd::Recording& r) {
    return [x = r.save(0), t = r.save(1), w = r.save_extra(w), scale](std::span<const Tensor> g,
                                                                      autograd::Gradients& d) {
      const Tensor upstream = scale == 1.0 ? g[0] : g[0] * scale;
      if (d.needed(0)) d[0] = bce_slope(x.get(), t.get(), w.get(), upstream);
      if (d.needed(1)) d[1] = bce_target_slope(x.get(), w.get(), upstream);
    };
  });
  return out;
}

}  // namespace ct
