// The step as a pointwise program. Rate and weight of the next step belong to each parameter, as
// numbers.
#include "customtensor/optim/asgd.hpp"

#include <algorithm>
#include <cmath>

#include "optim/variants.hpp"

namespace ct::optim {
namespace {

enum : int { kShrink, kMinusEta, kMu, kWeightDecay, kScalars };
enum : size_t { kDecay, kMaximize, kFlags };

ProgramPtr build(size_t set) {
  PointwiseBuilder b("asgd", 3, kScalars);
  const PointwiseValue g = penalized(b, has(set, kMaximize), has(set, kDecay), kWeightDecay);
  const PointwiseValue p = b.input(1) * b.scalar(kShrink) + b.scalar(kMinusEta) * g;
  const PointwiseValue average = b.input(2) + (p - b.input(2)) * b.scalar(kMu);
  b.output(p);
  b.output(b.apply(Opcode::select, b.apply(Opcode::eq, b.scalar(kMu), 1.0), p, average));
  return b.build();
}

}  // namespace

ASGD::ASGD(Tensors parameters, const AsgdOptions& options) : ElementwiseOptimizer("ASGD") {
  add_param_group({std::move(parameters), options});
}
ASGD::ASGD(std::vector<ParamGroup<AsgdOptions>> groups) : ElementwiseOptimizer("ASGD") {
  add_param_groups(std::move(groups));
}

void ASGD::hyper_parameters(AsgdOptions& o, const Visit& visit) const {
  visit("lr", &o.lr);
  visit("lambd", &o.lambd);
  visit("alpha", &o.alpha);
  visit("t0", &o.t0);
  visit("weight_decay", &o.weight_decay);
  visit("maximize", &o.maximize);
}

void ASGD::check(const AsgdOptions& o) const {
  check_lr(o.lr);
  check_not_negative("lambd", o.lambd);
  check_not_negative("alpha", o.alpha);
  check_not_negative("t0", o.t0);
  check_not_negative("weight_decay", o.weight_decay);
}

Optimizer::States ASGD::states(const AsgdOptions& o, const Shape&) const {
  return {.tensors = {State{"ax"}}, .numbers = {State{"eta", o.lr}, State{"mu", 1.0}}};
}

const ProgramPtr& ASGD::program(const AsgdOptions& o) const {
  static Variants<kFlags> programs;
  return programs.get(flags(o.weight_decay != 0, o.maximize), build);
}

void ASGD::scalars(const AsgdOptions& o, Turn& turn, std::span<Scalar> scalars) const {
  double& eta = turn.numbers[0];
  double& mu = turn.numbers[1];
  scalars[kShrink] = 1.0 - o.lambd * eta;
  scalars[kMinusEta] = -eta;
  scalars[kMu] = mu;
  scalars[kWeightDecay] = o.weight_decay;
  const auto t = static_cast<double>(turn.step);
  eta = o.lr / std::pow(1.0 + o.lambd * o.lr * t, o.alpha);
  mu = 1.0 / std::max(1.0, t - o.t0);
}

}  // namespace ct::optim
