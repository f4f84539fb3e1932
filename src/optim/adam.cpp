// Adam and AdamW. The bias corrections are numbers, not tensors: they go in as scalars.
#include "customtensor/optim/adam.hpp"

#include <array>
#include <cmath>
#include <limits>

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
  kDecay,  // Adam: weight_decay; AdamW: 1 - lr weight_decay
  kScalars
};
enum class Decay { none, l2, decoupled };

ProgramPtr build(const char* name, Decay decay) {
  PointwiseBuilder b(name, 4, kScalars);
  PointwiseValue g = b.input(0), p = b.input(1);
  if (decay == Decay::l2) g = g + b.scalar(kDecay) * p;
  const PointwiseValue m = b.scalar(kBeta1) * b.input(2) + b.scalar(kOneMinusBeta1) * g;
  const PointwiseValue v = b.scalar(kBeta2) * b.input(3) + (b.scalar(kOneMinusBeta2) * g) * g;
  const PointwiseValue root = b.apply(Opcode::sqrt, v) * b.scalar(kRootCorrection);
  if (decay == Decay::decoupled) p = p * b.scalar(kDecay);
  b.output(p + b.scalar(kMinusStep) * (m / (root + b.scalar(kEps))));
  b.output(m);
  b.output(v);
  return b.build();
}

template <class Options>
void fill(std::span<Scalar> scalars, const Options& options, double lr, int64_t step,
          double decay) {
  const auto t = static_cast<double>(step);
  const auto [beta1, beta2] = options.betas;
  scalars[kMinusStep] = -lr / (1.0 - std::pow(beta1, t));
  scalars[kBeta1] = beta1;
  scalars[kOneMinusBeta1] = 1.0 - beta1;
  scalars[kBeta2] = beta2;
  scalars[kOneMinusBeta2] = 1.0 - beta2;
  scalars[kRootCorrection] = 1.0 / std::sqrt(1.0 - std::pow(beta2, t));
  scalars[kEps] = options.eps;
  scalars[kDecay] = decay;
}

template <class Check, class Options>
void check_options(const Check& check, const Options& options) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  check("betas[0]", options.betas[0], 0.0, 1.0);
  check("betas[1]", options.betas[1], 0.0, 1.0);
  check("eps", options.eps, 0.0, kInfinity);
  check("weight_decay", options.weight_decay, 0.0, kInfinity);
}

template <class Options>
void visit_options(const Optimizer::Visit& visit, Options& options) {
  visit("beta1", options.betas[0]);
  visit("beta2", options.betas[1]);
  visit("eps", options.eps);
  visit("weight_decay", options.weight_decay);
}

}  // namespace

Adam::Adam(Tensors parameters, const AdamOptions& options)
    : Optimizer("Adam", std::move(parameters), options.lr, {"exp_avg", "exp_avg_sq"}),
      options_(options) {
  check_options([this](auto&&... args) { check_range(args...); }, options);
}

const ProgramPtr& Adam::program() const {
  static const std::array<ProgramPtr, 2> programs = {build("adam", Decay::none),
                                                     build("adam_l2", Decay::l2)};
  return programs[options_.weight_decay != 0 ? 1 : 0];
}

void Adam::scalars(int64_t step, std::span<Scalar> scalars) const {
  fill(scalars, options_, lr(), step, options_.weight_decay);
}

void Adam::hyper_parameters(const Visit& visit) { visit_options(visit, options_); }

AdamW::AdamW(Tensors parameters, const AdamWOptions& options)
    : Optimizer("AdamW", std::move(parameters), options.lr, {"exp_avg", "exp_avg_sq"}),
      options_(options) {
  check_options([this](auto&&... args) { check_range(args...); }, options);
}

const ProgramPtr& AdamW::program() const {
  static const ProgramPtr program = build("adamw", Decay::decoupled);
  return program;
}

void AdamW::scalars(int64_t step, std::span<Scalar> scalars) const {
  fill(scalars, options_, lr(), step, 1.0 - lr() * options_.weight_decay);
}

void AdamW::hyper_parameters(const Visit& visit) { visit_options(visit, options_); }

}  // namespace ct::optim
