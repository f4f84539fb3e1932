// The step as a pointwise program. The product of the momenta belongs to each parameter, as a
// number.
#include "customtensor/optim/nadam.hpp"

#include <cmath>

#include "optim/variants.hpp"

namespace ct::optim {
namespace {

enum : int {
  kGradientStep,  // -lr (1 - µ_t) / (1 - M_t)
  kMomentStep,    // -lr µ_{t+1} / (1 - M_{t+1})
  kOneMinusBeta1,
  kBeta2,
  kOneMinusBeta2,
  kCorrection,  // 1 / (1 - beta2^t)
  kEps,
  kDecayBy,
  kScalars
};
enum : size_t { kDecay, kDecoupled, kMaximize, kFlags };

ProgramPtr build(size_t set) {
  PointwiseBuilder b("nadam", 4, kScalars);
  const bool decay = has(set, kDecay), decoupled = has(set, kDecoupled);
  const PointwiseValue g = penalized(b, has(set, kMaximize), decay && !decoupled, kDecayBy);
  PointwiseValue p = b.input(1);
  if (decay && decoupled) p = p * b.scalar(kDecayBy);
  const PointwiseValue m = b.input(2) + b.scalar(kOneMinusBeta1) * (g - b.input(2));
  const PointwiseValue v = b.scalar(kBeta2) * b.input(3) + (b.scalar(kOneMinusBeta2) * g) * g;
  const PointwiseValue root = b.apply(Opcode::sqrt, v * b.scalar(kCorrection)) + b.scalar(kEps);
  b.output(p + b.scalar(kGradientStep) * (g / root) + b.scalar(kMomentStep) * (m / root));
  b.output(m);
  b.output(v);
  return b.build();
}

}  // namespace

NAdam::NAdam(Tensors parameters, const NAdamOptions& options) : ElementwiseOptimizer("NAdam") {
  add_param_group({std::move(parameters), options});
}
NAdam::NAdam(std::vector<ParamGroup<NAdamOptions>> groups) : ElementwiseOptimizer("NAdam") {
  add_param_groups(std::move(groups));
}

void NAdam::hyper_parameters(NAdamOptions& o, const Visit& visit) const {
  visit("lr", &o.lr);
  visit("betas", &o.betas);
  visit("eps", &o.eps);
  visit("weight_decay", &o.weight_decay);
  visit("momentum_decay", &o.momentum_decay);
  visit("decoupled_weight_decay", &o.decoupled_weight_decay);
  visit("maximize", &o.maximize);
}

void NAdam::check(const NAdamOptions& o) const {
  check_lr(o.lr);
  check_betas(o.betas);
  check_not_negative("eps", o.eps);
  check_not_negative("weight_decay", o.weight_decay);
  check_not_negative("momentum_decay", o.momentum_decay);
}

Optimizer::States NAdam::states(const NAdamOptions&, const Shape&) const {
  return {.tensors = {State{"exp_avg"}, State{"exp_avg_sq"}},
          .numbers = {State{"mu_product", 1.0}}};
}

const ProgramPtr& NAdam::program(const NAdamOptions& o) const {
  static Variants<kFlags> programs;
  return programs.get(flags(o.weight_decay != 0, o.decoupled_weight_decay, o.maximize), build);
}

void NAdam::scalars(const NAdamOptions& o, Turn& turn, std::span<Scalar> scalars) const {
  const auto t = static_cast<double>(turn.step);
  const auto momentum = [&](double step) {
    return o.betas[0] * (1.0 - 0.5 * std::pow(0.96, step * o.momentum_decay));
  };
  const double now = momentum(t), next = momentum(t + 1);
  double& product = turn.numbers[0];
  product *= now;
  scalars[kGradientStep] = -o.lr * (1.0 - now) / (1.0 - product);
  scalars[kMomentStep] = -o.lr * next / (1.0 - product * next);
  scalars[kOneMinusBeta1] = 1.0 - o.betas[0];
  scalars[kBeta2] = o.betas[1];
  scalars[kOneMinusBeta2] = 1.0 - o.betas[1];
  scalars[kCorrection] = 1.0 / (1.0 - std::pow(o.betas[1], t));
  scalars[kEps] = o.eps;
  scalars[kDecayBy] = o.decoupled_weight_decay ? 1.0 - o.lr * o.weight_decay : o.weight_decay;
}

}  // namespace ct::optim
