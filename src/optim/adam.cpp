// Adam, and the program of AdamW too. The bias corrections are numbers, not tensors: they go in as
// scalars.
#include "customtensor/optim/adam.hpp"

#include "optim/adam_rule.hpp"
#include "optim/variants.hpp"

namespace ct::optim {
namespace {

enum : int {
  kMinusStep,  // -lr / (1 - beta1^t)
  kBeta1,
  kOneMinusBeta1,
  kBeta2,
  kOneMinusBeta2,
  kRootCorrection,  // 1 / sqrt(1 - beta2^t)
  kEps,
  kDecayBy,  // weight_decay; decoupled: 1 - lr weight_decay
  kScalars
};
enum : size_t { kDecay, kDecoupled, kAmsgrad, kMaximize, kFlags };

ProgramPtr build(size_t set) {
  const bool amsgrad = has(set, kAmsgrad), decoupled = has(set, kDecoupled);
  PointwiseBuilder b("adam", amsgrad ? 5 : 4, kScalars);
  const bool decay = has(set, kDecay);
  const PointwiseValue g = penalized(b, has(set, kMaximize), decay && !decoupled, kDecayBy);
  PointwiseValue p = b.input(1);
  const PointwiseValue m = b.scalar(kBeta1) * b.input(2) + b.scalar(kOneMinusBeta1) * g;
  const PointwiseValue v = b.scalar(kBeta2) * b.input(3) + (b.scalar(kOneMinusBeta2) * g) * g;
  const PointwiseValue most = amsgrad ? b.apply(Opcode::maximum, b.input(4), v) : v;
  const PointwiseValue root = b.apply(Opcode::sqrt, most) * b.scalar(kRootCorrection);
  if (decay && decoupled) p = p * b.scalar(kDecayBy);
  b.output(p + b.scalar(kMinusStep) * (m / (root + b.scalar(kEps))));
  b.output(m);
  b.output(v);
  if (amsgrad) b.output(most);
  return b.build();
}

}  // namespace

Adam::Adam(Tensors parameters, const AdamOptions& options) : ElementwiseOptimizer("Adam") {
  add_param_group({std::move(parameters), options});
}
Adam::Adam(std::vector<ParamGroup<AdamOptions>> groups) : ElementwiseOptimizer("Adam") {
  add_param_groups(std::move(groups));
}

void Adam::hyper_parameters(AdamOptions& o, const Visit& visit) const {
  visit("lr", &o.lr);
  visit("betas", &o.betas);
  visit("eps", &o.eps);
  visit("weight_decay", &o.weight_decay);
  visit("amsgrad", &o.amsgrad);
  visit("maximize", &o.maximize);
  visit("decoupled_weight_decay", &o.decoupled_weight_decay);
}

void Adam::check(const AdamOptions& o) const {
  check_lr(o.lr);
  check_betas(o.betas);
  check_not_negative("eps", o.eps);
  check_not_negative("weight_decay", o.weight_decay);
}

Optimizer::States Adam::states(const AdamOptions& o, const Shape&) const {
  States states{.tensors = {State{"exp_avg"}, State{"exp_avg_sq"}}};
  if (o.amsgrad) states.tensors.push_back({"max_exp_avg_sq"});
  return states;
}

const ProgramPtr& Adam::program(const AdamOptions& o) const {
  return adam_program(o.weight_decay != 0, o.decoupled_weight_decay, o.amsgrad, o.maximize);
}

void Adam::scalars(const AdamOptions& o, Turn& turn, std::span<Scalar> scalars) const {
  adam_scalars(o, o.decoupled_weight_decay, turn.step, scalars);
}

const ProgramPtr& adam_program(bool decay, bool decoupled, bool amsgrad, bool maximize) {
  static Variants<kFlags> programs;
  return programs.get(flags(decay, decoupled, amsgrad, maximize), build);
}

}  // namespace ct::optim
