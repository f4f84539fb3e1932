// LAMB in two passes: the first finds each direction for its norm alone and changes nothing; the
// second, one program for all parameters, computes the direction again and goes along it.
#include "customtensor/optim/lamb.hpp"

#include <cmath>

#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/reduce.hpp"
#include "optim/variants.hpp"

namespace ct::optim {
namespace {

enum : int {
  kMinusLr,
  kBeta1,
  kOneMinusBeta1,
  kBeta2,
  kOneMinusBeta2,
  kCorrection1,  // 1 / (1 - beta1^t)
  kCorrection2,
  kEps,
  kWeightDecay,
  kScalars
};

struct Direction {
  PointwiseValue m, v, r;
};
Direction direction(PointwiseBuilder& b, bool maximize) {
  const PointwiseValue g = gradient_of(b, maximize);
  const PointwiseValue m = b.scalar(kBeta1) * b.input(2) + b.scalar(kOneMinusBeta1) * g;
  const PointwiseValue v = b.scalar(kBeta2) * b.input(3) + (b.scalar(kOneMinusBeta2) * g) * g;
  const PointwiseValue root = b.apply(Opcode::sqrt, v * b.scalar(kCorrection2));
  return {
      m, v,
      m * b.scalar(kCorrection1) / (root + b.scalar(kEps)) + b.scalar(kWeightDecay) * b.input(1)};
}

/// r of g, p, m, v.
const ProgramPtr& direction_program(bool maximize) {
  static Variants<1> programs;
  return programs.get(flags(maximize), [](size_t set) {
    PointwiseBuilder b("lamb_direction", 4, kScalars);
    b.output(direction(b, has(set, 0)).r);
    return b.build();
  });
}

/// p, m, v of g, p, m, v and the ratio of the norms.
const ProgramPtr& step_program(bool maximize) {
  static Variants<1> programs;
  return programs.get(flags(maximize), [](size_t set) {
    PointwiseBuilder b("lamb", 5, kScalars);
    const Direction d = direction(b, has(set, 0));
    b.output(b.input(1) + (b.scalar(kMinusLr) * b.input(4)) * d.r);
    b.output(d.m);
    b.output(d.v);
    return b.build();
  });
}

/// ‖p‖ / ‖r‖, or 1 where one of them is 0.
const ProgramPtr& ratio_program() {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("lamb_ratio", 2);
    const PointwiseValue some = b.apply(Opcode::logical_and, b.apply(Opcode::gt, b.input(0), 0.0),
                                        b.apply(Opcode::gt, b.input(1), 0.0));
    b.output(b.apply(Opcode::select, some, b.input(0) / b.input(1), 1.0));
    b.rule(TypeRule::floating);
    return b.build();
  }();
  return program;
}

void fill(const LambOptions& o, int64_t step, std::span<Scalar> scalars) {
  const auto t = static_cast<double>(step);
  scalars[kMinusLr] = -o.lr;
  scalars[kBeta1] = o.betas[0];
  scalars[kOneMinusBeta1] = 1.0 - o.betas[0];
  scalars[kBeta2] = o.betas[1];
  scalars[kOneMinusBeta2] = 1.0 - o.betas[1];
  scalars[kCorrection1] = 1.0 / (1.0 - std::pow(o.betas[0], t));
  scalars[kCorrection2] = 1.0 / (1.0 - std::pow(o.betas[1], t));
  scalars[kEps] = o.eps;
  scalars[kWeightDecay] = o.weight_decay;
}

}  // namespace

LAMB::LAMB(Tensors parameters, const LambOptions& options) : OptimizerOf("LAMB") {
  add_param_group({std::move(parameters), options});
}
LAMB::LAMB(std::vector<ParamGroup<LambOptions>> groups) : OptimizerOf("LAMB") {
  add_param_groups(std::move(groups));
}

void LAMB::hyper_parameters(LambOptions& o, const Visit& visit) const {
  visit("lr", &o.lr);
  visit("betas", &o.betas);
  visit("eps", &o.eps);
  visit("weight_decay", &o.weight_decay);
  visit("maximize", &o.maximize);
}

void LAMB::check(const LambOptions& o) const {
  check_lr(o.lr);
  check_betas(o.betas);
  check_not_negative("eps", o.eps);
  check_not_negative("weight_decay", o.weight_decay);
}

Optimizer::States LAMB::states(const LambOptions&, const Shape&) const {
  return {.tensors = {State{"exp_avg"}, State{"exp_avg_sq"}}};
}

void LAMB::prepare(const LambOptions& o, Slots slots) {
  std::vector<Scalar> scalars(kScalars);
  for (Slot* slot : slots) {
    fill(o, slot->step + 1, scalars);
    const Tensor p = slot->parameter();  // the list that it is in grows
    const DType wide = compute_type(p.dtype());
    const Tensor r = empty_like(p, {.dtype = wide});
    pointwise_(direction_program(o.maximize), std::span(&r, 1), slot->tensors, scalars);
    slot->tensors.push_back(pointwise(ratio_program(), {norm(p.to(wide)), norm(r)}));
  }
}

void LAMB::update(const LambOptions& o, Slots slots) {
  run_program(step_program(o.maximize), slots,
              [&](Turn& turn, std::span<Scalar> scalars) { fill(o, turn.step, scalars); });
}

}  // namespace ct::optim
