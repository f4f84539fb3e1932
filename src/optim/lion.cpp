// The step as a pointwise program.
#include "customtensor/optim/lion.hpp"

#include "optim/variants.hpp"

namespace ct::optim {
namespace {

enum : int { kMinusLr, kBeta1, kOneMinusBeta1, kBeta2, kOneMinusBeta2, kDecayBy, kScalars };
enum : size_t { kDecay, kMaximize, kFlags };

ProgramPtr build(size_t set) {
  PointwiseBuilder b("lion", 3, kScalars);
  const PointwiseValue g = gradient_of(b, has(set, kMaximize));
  PointwiseValue p = b.input(1);
  if (has(set, kDecay)) p = p * b.scalar(kDecayBy);
  const PointwiseValue c = b.scalar(kBeta1) * b.input(2) + b.scalar(kOneMinusBeta1) * g;
  b.output(p + b.scalar(kMinusLr) * b.apply(Opcode::sign, c));
  b.output(b.scalar(kBeta2) * b.input(2) + b.scalar(kOneMinusBeta2) * g);
  return b.build();
}

}  // namespace

Lion::Lion(Tensors parameters, const LionOptions& options) : ElementwiseOptimizer("Lion") {
  add_param_group({std::move(parameters), options});
}
Lion::Lion(std::vector<ParamGroup<LionOptions>> groups) : ElementwiseOptimizer("Lion") {
  add_param_groups(std::move(groups));
}

void Lion::hyper_parameters(LionOptions& o, const Visit& visit) const {
  visit("lr", &o.lr);
  visit("betas", &o.betas);
  visit("weight_decay", &o.weight_decay);
  visit("maximize", &o.maximize);
}

void Lion::check(const LionOptions& o) const {
  check_lr(o.lr);
  check_betas(o.betas);
  check_not_negative("weight_decay", o.weight_decay);
}

Optimizer::States Lion::states(const LionOptions&, const Shape&) const {
  return {.tensors = {State{"exp_avg"}}};
}

const ProgramPtr& Lion::program(const LionOptions& o) const {
  static Variants<kFlags> programs;
  return programs.get(flags(o.weight_decay != 0, o.maximize), build);
}

void Lion::scalars(const LionOptions& o, Turn&, std::span<Scalar> scalars) const {
  scalars[kMinusLr] = -o.lr;
  scalars[kBeta1] = o.betas[0];
  scalars[kOneMinusBeta1] = 1.0 - o.betas[0];
  scalars[kBeta2] = o.betas[1];
  scalars[kOneMinusBeta2] = 1.0 - o.betas[1];
  scalars[kDecayBy] = 1.0 - o.lr * o.weight_decay;
}

}  // namespace ct::optim
