// The step as a pointwise program, in PyTorch's order of operations.
#include "customtensor/optim/adagrad.hpp"

#include "optim/variants.hpp"

namespace ct::optim {
namespace {

enum : int { kMinusLr, kEps, kWeightDecay, kScalars };
enum : size_t { kDecay, kMaximize, kFlags };

ProgramPtr build(size_t set) {
  PointwiseBuilder b("adagrad", 3, kScalars);
  const PointwiseValue g = penalized(b, has(set, kMaximize), has(set, kDecay), kWeightDecay);
  const PointwiseValue sum = b.input(2) + g * g;
  b.output(b.input(1) + b.scalar(kMinusLr) * (g / (b.apply(Opcode::sqrt, sum) + b.scalar(kEps))));
  b.output(sum);
  return b.build();
}

}  // namespace

Adagrad::Adagrad(Tensors parameters, const AdagradOptions& options)
    : ElementwiseOptimizer("Adagrad") {
  add_param_group({std::move(parameters), options});
}
Adagrad::Adagrad(std::vector<ParamGroup<AdagradOptions>> groups) : ElementwiseOptimizer("Adagrad") {
  add_param_groups(std::move(groups));
}

void Adagrad::hyper_parameters(AdagradOptions& o, const Visit& visit) const {
  visit("lr", &o.lr);
  visit("lr_decay", &o.lr_decay);
  visit("weight_decay", &o.weight_decay);
  visit("initial_accumulator_value", &o.initial_accumulator_value);
  visit("eps", &o.eps);
  visit("maximize", &o.maximize);
}

void Adagrad::check(const AdagradOptions& o) const {
  check_lr(o.lr);
  check_not_negative("lr_decay", o.lr_decay);
  check_not_negative("weight_decay", o.weight_decay);
  check_not_negative("initial_accumulator_value", o.initial_accumulator_value);
  check_not_negative("eps", o.eps);
}

Optimizer::States Adagrad::states(const AdagradOptions& o, const Shape&) const {
  return {.tensors = {State{"sum", o.initial_accumulator_value}}};
}

const ProgramPtr& Adagrad::program(const AdagradOptions& o) const {
  static Variants<kFlags> programs;
  return programs.get(flags(o.weight_decay != 0, o.maximize), build);
}

void Adagrad::scalars(const AdagradOptions& o, Turn& turn, std::span<Scalar> scalars) const {
  scalars[kMinusLr] = -o.lr / (1.0 + static_cast<double>(turn.step - 1) * o.lr_decay);
  scalars[kEps] = o.eps;
  scalars[kWeightDecay] = o.weight_decay;
}

}  // namespace ct::optim
