// The step as a pointwise program, in PyTorch's order of operations.
#include "customtensor/optim/adadelta.hpp"

#include "optim/variants.hpp"

namespace ct::optim {
namespace {

enum : int { kMinusLr, kRho, kOneMinusRho, kEps, kWeightDecay, kScalars };
enum : size_t { kDecay, kMaximize, kFlags };

ProgramPtr build(size_t set) {
  PointwiseBuilder b("adadelta", 4, kScalars);
  const PointwiseValue g = penalized(b, has(set, kMaximize), has(set, kDecay), kWeightDecay);
  const auto mean = [&](const PointwiseValue& before, const PointwiseValue& x) {
    return b.scalar(kRho) * before + (b.scalar(kOneMinusRho) * x) * x;
  };
  const auto root = [&](const PointwiseValue& x) {
    return b.apply(Opcode::sqrt, x + b.scalar(kEps));
  };
  const PointwiseValue v = mean(b.input(2), g);
  const PointwiseValue delta = root(b.input(3)) / root(v) * g;
  b.output(b.input(1) + b.scalar(kMinusLr) * delta);
  b.output(v);
  b.output(mean(b.input(3), delta));
  return b.build();
}

}  // namespace

Adadelta::Adadelta(Tensors parameters, const AdadeltaOptions& options)
    : ElementwiseOptimizer("Adadelta") {
  add_param_group({std::move(parameters), options});
}
Adadelta::Adadelta(std::vector<ParamGroup<AdadeltaOptions>> groups)
    : ElementwiseOptimizer("Adadelta") {
  add_param_groups(std::move(groups));
}

void Adadelta::hyper_parameters(AdadeltaOptions& o, const Visit& visit) const {
  visit("lr", &o.lr);
  visit("rho", &o.rho);
  visit("eps", &o.eps);
  visit("weight_decay", &o.weight_decay);
  visit("maximize", &o.maximize);
}

void Adadelta::check(const AdadeltaOptions& o) const {
  check_lr(o.lr);
  check_range("rho", o.rho, 0, 1, true);
  check_not_negative("eps", o.eps);
  check_not_negative("weight_decay", o.weight_decay);
}

Optimizer::States Adadelta::states(const AdadeltaOptions&, const Shape&) const {
  return {.tensors = {State{"square_avg"}, State{"acc_delta"}}};
}

const ProgramPtr& Adadelta::program(const AdadeltaOptions& o) const {
  static Variants<kFlags> programs;
  return programs.get(flags(o.weight_decay != 0, o.maximize), build);
}

void Adadelta::scalars(const AdadeltaOptions& o, Turn&, std::span<Scalar> scalars) const {
  scalars[kMinusLr] = -o.lr;
  scalars[kRho] = o.rho;
  scalars[kOneMinusRho] = 1.0 - o.rho;
  scalars[kEps] = o.eps;
  scalars[kWeightDecay] = o.weight_decay;
}

}  // namespace ct::optim
