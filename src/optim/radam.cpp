// The step as a pointwise program; whether it is rectified, the number of the step says.
#include "customtensor/optim/radam.hpp"

#include <cmath>

#include "optim/variants.hpp"

namespace ct::optim {
namespace {

enum : int {
  kMinusStep,  // -lr / (1 - beta1^t)
  kRectified,  // r sqrt(1 - beta2^t), or 0: not yet
  kOneMinusBeta1,
  kBeta2,
  kOneMinusBeta2,
  kEps,
  kDecayBy,
  kScalars
};
enum : size_t { kDecay, kDecoupled, kMaximize, kFlags };

ProgramPtr build(size_t set) {
  PointwiseBuilder b("radam", 4, kScalars);
  const bool decay = has(set, kDecay), decoupled = has(set, kDecoupled);
  const PointwiseValue g = penalized(b, has(set, kMaximize), decay && !decoupled, kDecayBy);
  PointwiseValue p = b.input(1);
  if (decay && decoupled) p = p * b.scalar(kDecayBy);
  const PointwiseValue m = b.input(2) + b.scalar(kOneMinusBeta1) * (g - b.input(2));
  const PointwiseValue v = b.scalar(kBeta2) * b.input(3) + (b.scalar(kOneMinusBeta2) * g) * g;
  const PointwiseValue rate = b.scalar(kRectified) / (b.apply(Opcode::sqrt, v) + b.scalar(kEps));
  b.output(p + b.scalar(kMinusStep) * b.apply(Opcode::select, b.scalar(kRectified), m * rate, m));
  b.output(m);
  b.output(v);
  return b.build();
}

}  // namespace

RAdam::RAdam(Tensors parameters, const RAdamOptions& options) : ElementwiseOptimizer("RAdam") {
  add_param_group({std::move(parameters), options});
}
RAdam::RAdam(std::vector<ParamGroup<RAdamOptions>> groups) : ElementwiseOptimizer("RAdam") {
  add_param_groups(std::move(groups));
}

void RAdam::hyper_parameters(RAdamOptions& o, const Visit& visit) const {
  visit("lr", &o.lr);
  visit("betas", &o.betas);
  visit("eps", &o.eps);
  visit("weight_decay", &o.weight_decay);
  visit("decoupled_weight_decay", &o.decoupled_weight_decay);
  visit("maximize", &o.maximize);
}

void RAdam::check(const RAdamOptions& o) const {
  check_lr(o.lr);
  check_betas(o.betas);
  check_not_negative("eps", o.eps);
  check_not_negative("weight_decay", o.weight_decay);
}

Optimizer::States RAdam::states(const RAdamOptions&, const Shape&) const {
  return {.tensors = {State{"exp_avg"}, State{"exp_avg_sq"}}};
}

const ProgramPtr& RAdam::program(const RAdamOptions& o) const {
  static Variants<kFlags> programs;
  return programs.get(flags(o.weight_decay != 0, o.decoupled_weight_decay, o.maximize), build);
}

void RAdam::scalars(const RAdamOptions& o, Turn& turn, std::span<Scalar> scalars) const {
  const auto t = static_cast<double>(turn.step);
  const auto [beta1, beta2] = o.betas;
  const double power = std::pow(beta2, t), most = 2.0 / (1.0 - beta2) - 1.0;
  const double length = most - 2.0 * t * power / (1.0 - power);
  const double rectified = length > 5.0
                               ? std::sqrt((length - 4) * (length - 2) * most /
                                           ((most - 4) * (most - 2) * length) * (1.0 - power))
                               : 0.0;
  scalars[kMinusStep] = -o.lr / (1.0 - std::pow(beta1, t));
  scalars[kRectified] = rectified;
  scalars[kOneMinusBeta1] = 1.0 - beta1;
  scalars[kBeta2] = beta2;
  scalars[kOneMinusBeta2] = 1.0 - beta2;
  scalars[kEps] = o.eps;
  scalars[kDecayBy] = o.decoupled_weight_decay ? 1.0 - o.lr * o.weight_decay : o.weight_decay;
}

}  // namespace ct::optim
