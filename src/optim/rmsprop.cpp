// The step as a pointwise program, in PyTorch's order of operations.
#include "customtensor/optim/rmsprop.hpp"

#include "optim/variants.hpp"

namespace ct::optim {
namespace {

enum : int { kMinusLr, kAlpha, kOneMinusAlpha, kEps, kMomentum, kWeightDecay, kScalars };
enum : size_t { kBuffer, kCentered, kDecay, kMaximize, kFlags };

ProgramPtr build(size_t set) {
  const bool buffer = has(set, kBuffer), centered = has(set, kCentered);
  PointwiseBuilder b("rmsprop", 3 + (buffer ? 1 : 0) + (centered ? 1 : 0), kScalars);
  const PointwiseValue g = penalized(b, has(set, kMaximize), has(set, kDecay), kWeightDecay);
  const PointwiseValue p = b.input(1);
  const PointwiseValue v = b.scalar(kAlpha) * b.input(2) + (b.scalar(kOneMinusAlpha) * g) * g;
  PointwiseValue mean = 0.0, spread = v;
  if (centered) {
    const PointwiseValue before = b.input(buffer ? 4 : 3);
    mean = before + b.scalar(kOneMinusAlpha) * (g - before);
    spread = v - mean * mean;
  }
  PointwiseValue direction = g / (b.apply(Opcode::sqrt, spread) + b.scalar(kEps));
  if (buffer) direction = b.scalar(kMomentum) * b.input(3) + direction;
  b.output(p + b.scalar(kMinusLr) * direction);
  b.output(v);
  if (buffer) b.output(direction);
  if (centered) b.output(mean);
  return b.build();
}

}  // namespace

RMSprop::RMSprop(Tensors parameters, const RmspropOptions& options)
    : ElementwiseOptimizer("RMSprop") {
  add_param_group({std::move(parameters), options});
}
RMSprop::RMSprop(std::vector<ParamGroup<RmspropOptions>> groups) : ElementwiseOptimizer("RMSprop") {
  add_param_groups(std::move(groups));
}

void RMSprop::hyper_parameters(RmspropOptions& o, const Visit& visit) const {
  visit("lr", &o.lr);
  visit("alpha", &o.alpha);
  visit("eps", &o.eps);
  visit("weight_decay", &o.weight_decay);
  visit("momentum", &o.momentum);
  visit("centered", &o.centered);
  visit("maximize", &o.maximize);
}

void RMSprop::check(const RmspropOptions& o) const {
  check_lr(o.lr);
  check_range("alpha", o.alpha, 0, 1);
  check_not_negative("eps", o.eps);
  check_not_negative("weight_decay", o.weight_decay);
  check_not_negative("momentum", o.momentum);
}

Optimizer::States RMSprop::states(const RmspropOptions& o, const Shape&) const {
  States states{.tensors = {State{"square_avg"}}};
  if (o.momentum != 0) states.tensors.push_back({"momentum_buffer"});
  if (o.centered) states.tensors.push_back({"grad_avg"});
  return states;
}

const ProgramPtr& RMSprop::program(const RmspropOptions& o) const {
  static Variants<kFlags> programs;
  return programs.get(flags(o.momentum != 0, o.centered, o.weight_decay != 0, o.maximize), build);
}

void RMSprop::scalars(const RmspropOptions& o, Turn&, std::span<Scalar> scalars) const {
  scalars[kMinusLr] = -o.lr;
  scalars[kAlpha] = o.alpha;
  scalars[kOneMinusAlpha] = 1.0 - o.alpha;
  scalars[kEps] = o.eps;
  scalars[kMomentum] = o.momentum;
  scalars[kWeightDecay] = o.weight_decay;
}

}  // namespace ct::optim
