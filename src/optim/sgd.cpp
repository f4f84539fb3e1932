// The step as a pointwise program, in PyTorch's order of operations.
#include "customtensor/optim/sgd.hpp"

#include "customtensor/error.hpp"
#include "optim/variants.hpp"

namespace ct::optim {
namespace {

enum : int { kMinusLr, kMomentum, kOneMinusDampening, kWeightDecay, kScalars };
enum : size_t { kBuffer, kNesterov, kDecay, kMaximize, kFlags };

ProgramPtr build(size_t set) {
  const bool buffer = has(set, kBuffer);
  PointwiseBuilder b("sgd", buffer ? 3 : 2, kScalars);
  const PointwiseValue g = penalized(b, has(set, kMaximize), has(set, kDecay), kWeightDecay);
  const PointwiseValue p = b.input(1);
  if (!buffer) {
    b.output(p + b.scalar(kMinusLr) * g);
    return b.build();
  }
  const PointwiseValue momentum = b.scalar(kMomentum);
  const PointwiseValue next = momentum * b.input(2) + b.scalar(kOneMinusDampening) * g;
  b.output(p + b.scalar(kMinusLr) * (has(set, kNesterov) ? g + momentum * next : next));
  b.output(next);
  return b.build();
}

}  // namespace

SGD::SGD(Tensors parameters, const SgdOptions& options) : ElementwiseOptimizer("SGD") {
  add_param_group({std::move(parameters), options});
}
SGD::SGD(std::vector<ParamGroup<SgdOptions>> groups) : ElementwiseOptimizer("SGD") {
  add_param_groups(std::move(groups));
}

void SGD::hyper_parameters(SgdOptions& o, const Visit& visit) const {
  visit("lr", &o.lr);
  visit("momentum", &o.momentum);
  visit("dampening", &o.dampening);
  visit("weight_decay", &o.weight_decay);
  visit("nesterov", &o.nesterov);
  visit("maximize", &o.maximize);
}

void SGD::check(const SgdOptions& o) const {
  check_lr(o.lr);
  check_not_negative("momentum", o.momentum);
  check_not_negative("weight_decay", o.weight_decay);
  if (o.nesterov && (o.momentum == 0 || o.dampening != 0)) {
    throw ValueError("SGD: nesterov needs momentum above 0 and dampening 0");
  }
}

Optimizer::States SGD::states(const SgdOptions& o, const Shape&) const {
  if (o.momentum == 0) return {};
  return {.tensors = {State{"momentum_buffer"}}};
}

const ProgramPtr& SGD::program(const SgdOptions& o) const {
  static Variants<kFlags> programs;
  return programs.get(flags(o.momentum != 0, o.nesterov, o.weight_decay != 0, o.maximize), build);
}

void SGD::scalars(const SgdOptions& o, Turn& turn, std::span<Scalar> scalars) const {
  const bool first = turn.step == 1;  // b ← g, whatever momentum and dampening: the buffer is 0
  scalars[kMinusLr] = -o.lr;
  scalars[kMomentum] = o.momentum;
  scalars[kOneMinusDampening] = first ? 1.0 : 1.0 - o.dampening;
  scalars[kWeightDecay] = o.weight_decay;
}

}  // namespace ct::optim
