// The step as a pointwise program, in PyTorch's order of operations.
#include "customtensor/optim/adamax.hpp"

#include <cmath>

#include "optim/variants.hpp"

namespace ct::optim {
namespace {

enum : int { kMinusStep, kOneMinusBeta1, kBeta2, kEps, kWeightDecay, kScalars };
enum : size_t { kDecay, kMaximize, kFlags };

ProgramPtr build(size_t set) {
  PointwiseBuilder b("adamax", 4, kScalars);
  const PointwiseValue g = penalized(b, has(set, kMaximize), has(set, kDecay), kWeightDecay);
  const PointwiseValue m = b.input(2) + b.scalar(kOneMinusBeta1) * (g - b.input(2));
  const PointwiseValue u = b.apply(Opcode::maximum, b.scalar(kBeta2) * b.input(3),
                                   b.apply(Opcode::abs, g) + b.scalar(kEps));
  b.output(b.input(1) + b.scalar(kMinusStep) * (m / u));
  b.output(m);
  b.output(u);
  return b.build();
}

}  // namespace

Adamax::Adamax(Tensors parameters, const AdamaxOptions& options) : ElementwiseOptimizer("Adamax") {
  add_param_group({std::move(parameters), options});
}
Adamax::Adamax(std::vector<ParamGroup<AdamaxOptions>> groups) : ElementwiseOptimizer("Adamax") {
  add_param_groups(std::move(groups));
}

void Adamax::hyper_parameters(AdamaxOptions& o, const Visit& visit) const {
  visit("lr", &o.lr);
  visit("betas", &o.betas);
  visit("eps", &o.eps);
  visit("weight_decay", &o.weight_decay);
  visit("maximize", &o.maximize);
}

void Adamax::check(const AdamaxOptions& o) const {
  check_lr(o.lr);
  check_betas(o.betas);
  check_not_negative("eps", o.eps);
  check_not_negative("weight_decay", o.weight_decay);
}

Optimizer::States Adamax::states(const AdamaxOptions&, const Shape&) const {
  return {.tensors = {State{"exp_avg"}, State{"exp_inf"}}};
}

const ProgramPtr& Adamax::program(const AdamaxOptions& o) const {
  static Variants<kFlags> programs;
  return programs.get(flags(o.weight_decay != 0, o.maximize), build);
}

void Adamax::scalars(const AdamaxOptions& o, Turn& turn, std::span<Scalar> scalars) const {
  scalars[kMinusStep] = -o.lr / (1.0 - std::pow(o.betas[0], static_cast<double>(turn.step)));
  scalars[kOneMinusBeta1] = 1.0 - o.betas[0];
  scalars[kBeta2] = o.betas[1];
  scalars[kEps] = o.eps;
  scalars[kWeightDecay] = o.weight_decay;
}

}  // namespace ct::optim
