// Adafactor in two passes: the first makes the next moments and the length of each step, and
// changes nothing; the second is one program that computes the step again and takes it, so that no
// array of the parameter's size is kept.
#include "customtensor/optim/adafactor.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/reduce.hpp"
#include "optim/variants.hpp"

namespace ct::optim {
namespace {

enum : int { kDecayBy, kEps1, kScalars };

double machine_epsilon(DType dtype) {
  return dtype == float64    ? std::numeric_limits<double>::epsilon()
         : dtype == float32  ? static_cast<double>(std::numeric_limits<float>::epsilon())
         : dtype == bfloat16 ? 0.0078125
                             : 0.0009765625;
}
double eps1_of(const AdafactorOptions& o, const Tensor& p) {
  return o.eps[0] != 0 ? o.eps[0] : machine_epsilon(p.dtype());
}

/// u of g and V: row, column and mean, or the variance itself.
PointwiseValue direction(PointwiseBuilder& b, size_t set, int first) {
  const bool matrix = has(set, 1);
  const PointwiseValue g = gradient_of(b, has(set, 0));
  PointwiseValue v = b.input(first);
  if (matrix) {
    v = v * b.input(first + 1) / b.apply(Opcode::maximum, b.input(first + 2), b.scalar(kEps1));
  }
  const PointwiseValue least = b.scalar(kEps1) * b.scalar(kEps1);
  return g * b.apply(Opcode::rsqrt, b.apply(Opcode::maximum, v, least));
}

/// u of g and what V is made of.
const ProgramPtr& direction_program(size_t set) {
  static Variants<2> programs;
  return programs.get(set, [](size_t s) {
    PointwiseBuilder b("adafactor_direction", has(s, 1) ? 4 : 2, kScalars);
    b.output(direction(b, s, 1));
    return b.build();
  });
}

/// p of g, p, what V is made of and the step's length.
const ProgramPtr& step_program(size_t set) {
  static Variants<2> programs;
  return programs.get(set, [](size_t s) {
    const int inputs = has(s, 1) ? 6 : 4;
    PointwiseBuilder b("adafactor", inputs, kScalars);
    const PointwiseValue u = direction(b, s, 2);
    b.output(b.input(1) * b.scalar(kDecayBy) - b.input(inputs - 1) * u);
    return b.build();
  });
}

/// before + weight (x - before)
const ProgramPtr& lerp_program() {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("adafactor_moment", 2, 1);
    b.output(b.input(0) + b.scalar(0) * (b.input(1) - b.input(0)));
    return b.build();
  }();
  return program;
}
/// The same of x², for vectors.
const ProgramPtr& lerp_square_program() {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("adafactor_variance", 2, 1);
    b.output(b.input(0) + b.scalar(0) * (b.input(1) * b.input(1) - b.input(0)));
    return b.build();
  }();
  return program;
}

/// rate max(eps2, ‖p‖ / root n) / max(1, ‖u‖ / (root n d)); scalars: 1 / root n, eps2, rate, 1 / d
const ProgramPtr& length_program() {
  static const ProgramPtr program = [] {
    PointwiseBuilder b("adafactor_length", 2, 4);
    const PointwiseValue alpha =
        b.scalar(2) * b.apply(Opcode::maximum, b.input(0) * b.scalar(0), b.scalar(1));
    b.output(alpha /
             b.apply(Opcode::maximum, b.input(1) * b.scalar(0) * b.scalar(3), b.constant(1.0)));
    return b.build();
  }();
  return program;
}

/// Mean of the squares along `axis`.
Tensor mean_square(const Tensor& g, int64_t axis) {
  return square(norm(g, 2, {axis}, true)) / static_cast<double>(g.size(axis));
}

}  // namespace

Adafactor::Adafactor(Tensors parameters, const AdafactorOptions& options)
    : OptimizerOf("Adafactor") {
  add_param_group({std::move(parameters), options});
}
Adafactor::Adafactor(std::vector<ParamGroup<AdafactorOptions>> groups) : OptimizerOf("Adafactor") {
  add_param_groups(std::move(groups));
}

void Adafactor::hyper_parameters(AdafactorOptions& o, const Visit& visit) const {
  visit("lr", &o.lr);
  visit("beta2_decay", &o.beta2_decay);
  visit("eps", &o.eps);
  visit("d", &o.d);
  visit("weight_decay", &o.weight_decay);
  visit("maximize", &o.maximize);
}

void Adafactor::check(const AdafactorOptions& o) const {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  check_lr(o.lr);
  check_range("beta2_decay", o.beta2_decay, -kInfinity, 0.0, true);
  check_not_negative("eps[0]", o.eps[0]);
  check_not_negative("eps[1]", o.eps[1]);
  check_range("d", o.d, 1.0, kInfinity);
  check_not_negative("weight_decay", o.weight_decay);
}

Optimizer::States Adafactor::states(const AdafactorOptions&, const Shape& parameter) const {
  if (parameter.rank() < 2) return {.tensors = {State{"variance"}}};
  Shape row = parameter, column = parameter;
  row[parameter.rank() - 1] = 1;
  column[parameter.rank() - 2] = 1;
  return {.tensors = {State{"row_var", 0.0, row}, State{"col_var", 0.0, column}}};
}

void Adafactor::prepare(const AdafactorOptions& o, Slots slots) {
  for (Slot* slot : slots) {
    const Tensor p = slot->parameter();  // the list that it is in grows
    const DType wide = compute_type(p.dtype());
    const Tensor g = slot->gradient().to(wide);
    const bool matrix = p.dim() > 1;
    const auto step = static_cast<double>(slot->step + 1);
    const Scalar weight = std::pow(step, o.beta2_decay);
    Tensors& tensors = slot->tensors;
    const size_t first = tensors.size();
    if (matrix) {
      tensors.push_back(pointwise(lerp_program(), {slot->state(0), mean_square(g, -1)}, {weight}));
      tensors.push_back(pointwise(lerp_program(), {slot->state(1), mean_square(g, -2)}, {weight}));
      tensors.push_back(mean(tensors[first], {-2}, true));
    } else {
      tensors.push_back(pointwise(lerp_square_program(), {slot->state(0), g}, {weight}));
    }
    Tensors inputs = {g};
    inputs.insert(inputs.end(), tensors.begin() + static_cast<std::ptrdiff_t>(first),
                  tensors.end());
    const Scalar scalars[] = {1.0 - o.lr * o.weight_decay, eps1_of(o, p)};
    const Tensor u = pointwise(direction_program(flags(o.maximize, matrix)), inputs, scalars)[0];
    const double root = std::sqrt(static_cast<double>(std::max<int64_t>(1, p.numel())));
    const double rate = std::min(o.lr, 1.0 / std::sqrt(step));
    tensors.push_back(pointwise(length_program(), {norm(p.to(wide)), norm(u)},
                                {1.0 / root, o.eps[1], rate, 1.0 / o.d}));
  }
}

void Adafactor::update(const AdafactorOptions& o, Slots slots) {
  for (Slot* slot : slots) {
    Tensors& tensors = slot->tensors;
    const Tensor& p = slot->parameter();
    const bool matrix = p.dim() > 1;
    const size_t states = matrix ? 2 : 1;
    Tensors inputs = {slot->gradient(), p};
    inputs.insert(inputs.end(), tensors.begin() + static_cast<std::ptrdiff_t>(2 + states),
                  tensors.end());
    const Scalar scalars[] = {1.0 - o.lr * o.weight_decay, eps1_of(o, p)};
    pointwise_(step_program(flags(o.maximize, matrix)), std::span(&p, 1), inputs, scalars);
    for (size_t k = 0; k < states; ++k) slot->state(k) = tensors[2 + states + k];
    ++slot->step;
  }
}

}  // namespace ct::optim
