// The step as a pointwise program, in PyTorch's order of operations.
#include "customtensor/optim/rprop.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "optim/variants.hpp"

namespace ct::optim {
namespace {

enum : int { kSlower, kFaster, kLeast, kMost, kScalars };

ProgramPtr build(size_t set) {
  PointwiseBuilder b("rprop", 4, kScalars);
  const PointwiseValue g = gradient_of(b, has(set, 0));
  const PointwiseValue agree = g * b.input(2);
  const PointwiseValue turned = b.apply(Opcode::lt, agree, 0.0);
  const PointwiseValue factor =
      b.apply(Opcode::select, turned, b.scalar(kSlower),
              b.apply(Opcode::select, b.apply(Opcode::gt, agree, 0.0), b.scalar(kFaster), 1.0));
  const PointwiseValue size =
      b.apply(Opcode::minimum, b.apply(Opcode::maximum, b.input(3) * factor, b.scalar(kLeast)),
              b.scalar(kMost));
  const PointwiseValue used = b.apply(Opcode::select, turned, 0.0, g);
  b.output(b.input(1) - b.apply(Opcode::sign, used) * size);
  b.output(used);
  b.output(size);
  return b.build();
}

}  // namespace

Rprop::Rprop(Tensors parameters, const RpropOptions& options) : ElementwiseOptimizer("Rprop") {
  add_param_group({std::move(parameters), options});
}
Rprop::Rprop(std::vector<ParamGroup<RpropOptions>> groups) : ElementwiseOptimizer("Rprop") {
  add_param_groups(std::move(groups));
}

void Rprop::hyper_parameters(RpropOptions& o, const Visit& visit) const {
  visit("lr", &o.lr);
  visit("etas", &o.etas);
  visit("step_sizes", &o.step_sizes);
  visit("maximize", &o.maximize);
}

void Rprop::check(const RpropOptions& o) const {
  check_lr(o.lr);
  if (!(o.etas[0] > 0 && o.etas[0] < 1 && o.etas[1] > 1)) {
    throw ValueError(fmt::format("Rprop: etas must have 0 < etas[0] < 1 < etas[1]: {} and {}",
                                 o.etas[0], o.etas[1]));
  }
  check_not_negative("step_sizes[0]", o.step_sizes[0]);
  if (!(o.step_sizes[0] <= o.step_sizes[1])) {
    throw ValueError(fmt::format("Rprop: step_sizes[0] must not be above step_sizes[1]: {} and {}",
                                 o.step_sizes[0], o.step_sizes[1]));
  }
}

Optimizer::States Rprop::states(const RpropOptions& o, const Shape&) const {
  return {.tensors = {State{"prev"}, State{"step_size", o.lr}}};
}

const ProgramPtr& Rprop::program(const RpropOptions& o) const {
  static Variants<1> programs;
  return programs.get(flags(o.maximize), build);
}

void Rprop::scalars(const RpropOptions& o, Turn&, std::span<Scalar> scalars) const {
  scalars[kSlower] = o.etas[0];
  scalars[kFaster] = o.etas[1];
  scalars[kLeast] = o.step_sizes[0];
  scalars[kMost] = o.step_sizes[1];
}

}  // namespace ct::optim
