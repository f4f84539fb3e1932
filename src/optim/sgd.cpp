// The step as a pointwise program, in eight forms: with or without momentum, Nesterov's and weight
// decay. PyTorch's order of operations.
#include "customtensor/optim/sgd.hpp"

#include <array>
#include <limits>

#include "customtensor/error.hpp"

namespace ct::optim {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
enum : int { kMinusLr, kMomentum, kOneMinusDampening, kWeightDecay, kScalars };

ProgramPtr build(bool buffer, bool nesterov, bool decay) {
  PointwiseBuilder b("sgd", buffer ? 3 : 2, kScalars);
  PointwiseValue g = b.input(0);
  const PointwiseValue p = b.input(1);
  if (decay) g = g + b.scalar(kWeightDecay) * p;
  PointwiseValue direction = g;
  if (buffer) {
    const PointwiseValue momentum = b.scalar(kMomentum);
    const PointwiseValue next = momentum * b.input(2) + b.scalar(kOneMinusDampening) * g;
    direction = nesterov ? g + momentum * next : next;
    b.output(p + b.scalar(kMinusLr) * direction);
    b.output(next);
  } else {
    b.output(p + b.scalar(kMinusLr) * direction);
  }
  return b.build();
}

}  // namespace

SGD::SGD(Tensors parameters, const SgdOptions& options)
    : Optimizer("SGD", std::move(parameters), options.lr,
                options.momentum != 0 ? std::vector<std::string>{"momentum_buffer"}
                                      : std::vector<std::string>{}),
      options_(options),
      has_buffer_(options.momentum != 0) {
  check_range("momentum", options.momentum, 0, kInfinity);
  check_range("weight_decay", options.weight_decay, 0, kInfinity);
  if (options.nesterov && (!has_buffer_ || options.dampening != 0)) {
    throw ValueError("SGD: nesterov needs momentum above 0 and dampening 0");
  }
}

const ProgramPtr& SGD::program() const {
  static const std::array<ProgramPtr, 8> programs = [] {
    std::array<ProgramPtr, 8> all;
    for (size_t i = 0; i < all.size(); ++i)
      all[i] = build((i & 1) != 0, (i & 2) != 0, (i & 4) != 0);
    return all;
  }();
  return programs[(has_buffer_ ? 1U : 0U) | (options_.nesterov ? 2U : 0U) |
                  (options_.weight_decay != 0 ? 4U : 0U)];
}

void SGD::scalars(int64_t step, std::span<Scalar> scalars) const {
  const bool first = step == 1;  // b ← g, whatever momentum and dampening: the buffer is 0
  scalars[kMinusLr] = -lr();
  scalars[kMomentum] = options_.momentum;
  scalars[kOneMinusDampening] = first ? 1.0 : 1.0 - options_.dampening;
  scalars[kWeightDecay] = options_.weight_decay;
}

void SGD::hyper_parameters(const Visit& visit) {
  visit("momentum", options_.momentum);
  visit("dampening", options_.dampening);
  visit("weight_decay", options_.weight_decay);
  double nesterov = options_.nesterov ? 1.0 : 0.0;
  visit("nesterov", nesterov);
  options_.nesterov = nesterov != 0;
}

}  // namespace ct::optim
