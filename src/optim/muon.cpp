// Muon in two passes: the first makes the orthogonal matrices, which need memory, and changes
// nothing; the second is one program for parameter and momentum.
#include "customtensor/optim/muon.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/matmul.hpp"
#include "customtensor/ops/pointwise_each.hpp"
#include "customtensor/ops/reduce.hpp"
#include "optim/variants.hpp"

namespace ct::optim {
namespace {

enum : int { kMomentum, kOneMinusMomentum, kDecayBy, kMinusStep, kScalars };

PointwiseValue next_momentum(const PointwiseBuilder& b, bool maximize, int momentum) {
  const PointwiseValue before = b.input(momentum);
  return before + b.scalar(kOneMinusMomentum) * (gradient_of(b, maximize) - before);
}

/// What is made orthogonal, of g and m.
const ProgramPtr& direction_program(bool maximize, bool nesterov) {
  static Variants<2> programs;
  return programs.get(flags(maximize, nesterov), [](size_t set) {
    PointwiseBuilder b("muon_direction", 2, kScalars);
    const PointwiseValue g = gradient_of(b, has(set, 0));
    const PointwiseValue m = next_momentum(b, has(set, 0), 1);
    b.output(has(set, 1) ? g + b.scalar(kMomentum) * (m - g) : m);
    return b.build();
  });
}

/// p and m of g, p, m and the orthogonal matrix.
const ProgramPtr& step_program(bool maximize) {
  static Variants<1> programs;
  return programs.get(flags(maximize), [](size_t set) {
    PointwiseBuilder b("muon", 4, kScalars);
    b.output(b.input(1) * b.scalar(kDecayBy) + b.scalar(kMinusStep) * b.input(3));
    b.output(next_momentum(b, has(set, 0), 2));
    return b.build();
  });
}

/// x / max(norm, eps)
const ProgramPtr& scale_program() {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("muon_scale", 2, 1);
    b.output(b.input(0) / b.apply(Opcode::maximum, b.input(1), b.scalar(0)));
    return b.build();
  }();
  return program;
}

Tensor orthogonal(const Tensor& direction, const MuonOptions& o) {
  const bool tall = direction.size(0) > direction.size(1);
  Tensor x = tall ? direction.t() : direction;
  x = pointwise(scale_program(), {x, norm(x)}, {o.eps});
  const auto [a, b, c] = o.ns_coefficients;
  for (int64_t i = 0; i < o.ns_steps; ++i) {
    const Tensor gram = matmul(x, x.t());
    x = addmm(x, addmm(gram, gram, gram, b, c), x, a, 1);
  }
  return tall ? x.t() : x;
}

double adjusted(const MuonOptions& o, const Tensor& p) {
  const auto rows = static_cast<double>(p.size(0)), columns = static_cast<double>(p.size(1));
  return o.adjust_lr_fn == MuonAdjust::original ? std::sqrt(std::max(1.0, rows / columns))
                                                : 0.2 * std::sqrt(std::max(rows, columns));
}

void fill(const MuonOptions& o, double adjust, std::span<Scalar> scalars) {
  scalars[kMomentum] = o.momentum;
  scalars[kOneMinusMomentum] = 1.0 - o.momentum;
  scalars[kDecayBy] = 1.0 - o.lr * o.weight_decay;
  scalars[kMinusStep] = -o.lr * adjust;
}

}  // namespace

Muon::Muon(Tensors parameters, const MuonOptions& options) : OptimizerOf("Muon") {
  add_param_group({std::move(parameters), options});
}
Muon::Muon(std::vector<ParamGroup<MuonOptions>> groups) : OptimizerOf("Muon") {
  add_param_groups(std::move(groups));
}

void Muon::hyper_parameters(MuonOptions& o, const Visit& visit) const {
  visit("lr", &o.lr);
  visit("weight_decay", &o.weight_decay);
  visit("momentum", &o.momentum);
  visit("nesterov", &o.nesterov);
  visit("ns_coefficients", &o.ns_coefficients);
  visit("eps", &o.eps);
  visit("ns_steps", &o.ns_steps);
  auto adjust = static_cast<int64_t>(o.adjust_lr_fn);
  visit("adjust_lr_fn", &adjust);
  o.adjust_lr_fn = static_cast<MuonAdjust>(adjust);
  visit("maximize", &o.maximize);
}

void Muon::check(const MuonOptions& o) const {
  check_lr(o.lr);
  check_not_negative("weight_decay", o.weight_decay);
  check_not_negative("momentum", o.momentum);
  check_not_negative("eps", o.eps);
  check_range("ns_steps", static_cast<double>(o.ns_steps), 0, 99, true);
  check_range("adjust_lr_fn", static_cast<double>(o.adjust_lr_fn), 0, 1, true);
}

void Muon::check_params(size_t number, const Tensor& p) const {
  if (p.dim() == 2) return;
  throw ValueError(
      fmt::format("Muon: parameter {} must be a matrix: its shape is {}; give it to another "
                  "optimizer, such as AdamW",
                  number, to_string(p.shape())));
}

Optimizer::States Muon::states(const MuonOptions&, const Shape&) const {
  return {.tensors = {State{"momentum_buffer"}}};
}

void Muon::prepare(const MuonOptions& o, Slots slots) {
  std::vector<Scalar> scalars(kScalars);
  fill(o, 1.0, scalars);
  for (Slot* slot : slots) {
    const Tensor inputs[] = {slot->gradient(), slot->state(0)};
    const Tensor x = pointwise(direction_program(o.maximize, o.nesterov), inputs, scalars)[0];
    slot->tensors.push_back(orthogonal(x, o));
  }
}

void Muon::update(const MuonOptions& o, Slots slots) {
  std::vector<Scalar> scalars(kScalars);
  std::vector<PointwiseLists> calls;
  // Matrices whose rate is adjusted alike run together.
  for (size_t begin = 0, end = 0; begin < slots.size(); begin = end) {
    const double adjust = adjusted(o, slots[begin]->parameter());
    fill(o, adjust, scalars);
    calls.clear();
    for (; end < slots.size() && adjusted(o, slots[end]->parameter()) == adjust; ++end) {
      const std::span<const Tensor> tensors(slots[end]->tensors);
      calls.push_back({tensors.subspan(1, 2), tensors});
    }
    pointwise_each_(step_program(o.maximize), calls, scalars);
    for (size_t i = begin; i < end; ++i) ++slots[i]->step;
  }
}

}  // namespace ct::optim
