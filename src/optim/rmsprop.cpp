// The step as a pointwise program, in four forms: with or without momentum and weight decay.
// PyTorch's order of operations.
#include "customtensor/optim/rmsprop.hpp"

#include <array>
#include <limits>

namespace ct::optim {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
enum : int { kMinusLr, kAlpha, kOneMinusAlpha, kEps, kMomentum, kWeightDecay, kScalars };

ProgramPtr build(bool buffer, bool decay) {
  PointwiseBuilder b("rmsprop", buffer ? 4 : 3, kScalars);
  PointwiseValue g = b.input(0);
  const PointwiseValue p = b.input(1);
  if (decay) g = g + b.scalar(kWeightDecay) * p;
  const PointwiseValue v = b.scalar(kAlpha) * b.input(2) + (b.scalar(kOneMinusAlpha) * g) * g;
  PointwiseValue direction = g / (b.apply(Opcode::sqrt, v) + b.scalar(kEps));
  if (buffer) direction = b.scalar(kMomentum) * b.input(3) + direction;
  b.output(p + b.scalar(kMinusLr) * direction);
  b.output(v);
  if (buffer) b.output(direction);
  return b.build();
}

}  // namespace

RMSprop::RMSprop(Tensors parameters, const RmspropOptions& options)
    : Optimizer("RMSprop", std::move(parameters), options.lr,
                options.momentum != 0 ? std::vector<std::string>{"square_avg", "momentum_buffer"}
                                      : std::vector<std::string>{"square_avg"}),
      options_(options),
      has_buffer_(options.momentum != 0) {
  check_range("alpha", options.alpha, 0, 1);
  check_range("eps", options.eps, 0, kInfinity);
  check_range("weight_decay", options.weight_decay, 0, kInfinity);
  check_range("momentum", options.momentum, 0, kInfinity);
}

const ProgramPtr& RMSprop::program() const {
  static const std::array<ProgramPtr, 4> programs = {build(false, false), build(true, false),
                                                     build(false, true), build(true, true)};
  return programs[(has_buffer_ ? 1U : 0U) | (options_.weight_decay != 0 ? 2U : 0U)];
}

void RMSprop::scalars(int64_t, std::span<Scalar> scalars) const {
  scalars[kMinusLr] = -lr();
  scalars[kAlpha] = options_.alpha;
  scalars[kOneMinusAlpha] = 1.0 - options_.alpha;
  scalars[kEps] = options_.eps;
  scalars[kMomentum] = options_.momentum;
  scalars[kWeightDecay] = options_.weight_decay;
}

void RMSprop::hyper_parameters(const Visit& visit) {
  visit("alpha", options_.alpha);
  visit("eps", options_.eps);
  visit("weight_decay", options_.weight_decay);
  visit("momentum", options_.momentum);
}

}  // namespace ct::optim
