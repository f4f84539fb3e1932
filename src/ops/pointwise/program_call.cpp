// Planning, launching and recording a call of a program. Small ops live on what is not done here:
// no allocation but for results and nodes, no strides of inputs that are dense.
#include "ops/pointwise/program_call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "autograd/record.hpp"
#include "core/program/operand_list.hpp"
#include "core/tensor/dtype_range.hpp"
#include "core/view/collapse.hpp"
#include "customtensor/error.hpp"
#include "ops/pointwise/saved_program.hpp"

namespace ct::ops {

using ct::detail::impl;

namespace {

/// A whole number among the scalars that an integer `type` cannot hold, if there is one. Unsigned
/// types take those below zero whose opposites they hold: x + -1 is x - 1.
std::optional<Scalar> number_beyond(DType type, std::span<const Scalar> scalars) {
  const uint64_t most = greatest_number(type);
  for (const Scalar& s : scalars) {
    if (s.is_floating()) continue;
    const bool below_zero = s.dtype() == int64 && s.to<int64_t>() < 0;
    const uint64_t size = below_zero ? uint64_t{0} - s.modulo() : s.modulo();
    if (size > most + (below_zero && is_signed(type) ? 1 : 0)) return s;
  }
  return std::nullopt;
}

std::string text_of(const Scalar& number) {
  return number.dtype() == uint64 ? fmt::format("{}", number.modulo())
                                  : fmt::format("{}", number.to<int64_t>());
}

/// Whether a number below zero is among the scalars.
bool any_below_zero(std::span<const Scalar> scalars) {
  return std::any_of(scalars.begin(), scalars.end(),
                     [](const Scalar& s) { return s.dtype() == int64 && s.to<int64_t>() < 0; });
}

void check_counts(const char* name, const PointwiseProgram& program, size_t inputs,
                  size_t scalars) {
  if (inputs == static_cast<size_t>(program.inputs()) &&
      scalars == static_cast<size_t>(program.scalars())) {
    return;
  }
  throw ValueError(fmt::format("{}: program '{}' takes {} tensors and {} scalars: got {} and {}",
                               name, program.name(), program.inputs(), program.scalars(), inputs,
                               scalars));
}

/// plan.type and plan.compute from the operands' promoted type, which plan.type holds.
void choose_types(const char* name, const PointwiseProgram& program, Plan& plan,
                  std::span<const Scalar> scalars) {
  if (program.rule() == TypeRule::floating && !is_differentiable(plan.type)) plan.type = float32;
  plan.compute = compute_type(plan.type);
  if (!is_integral(plan.type) || scalars.empty()) return;
  const auto number = number_beyond(plan.type, scalars);
  const bool answers = program.rule() == TypeRule::boolean;
  if (number && (!answers || plan.type == int64)) {
    throw ValueError(
        fmt::format("{}: the number {} does not fit in {}, the type of the tensors; convert them "
                    "with .to(ct::{})",
                    name, text_of(*number), ct::name(plan.type), ct::name(number->dtype())));
  }
  if (!answers) return;
  // No element equals such a number, and that is an answer. Of those with 64 bits uint64 alone
  // comes here, beside numbers below zero: whatever float64 makes of its elements is above them.
  if (number) {
    plan.compute = number->dtype() == uint64 ? float64 : int64;
  } else if (plan.type == uint64 && any_below_zero(scalars)) {
    plan.compute = float64;
  }
}

class PointwiseNode final : public autograd::Node {
 public:
  PointwiseNode(const char* name, SavedProgram&& saved, const Shape& shape, int inputs,
                uint32_t outputs)
      : Node(name, inputs, outputs), saved_(std::move(saved)), shape_(shape) {}
  void backward(std::span<const Tensor> grads, autograd::Gradients& result) override {
    saved_.backward(name(), grads, shape_, result);
  }
  void release_saved() override {
    if (!saved_.saves()) return;
    saved_.release();
    freed_ = true;
  }

 private:
  SavedProgram saved_;
  Shape shape_;
};

}  // namespace

Plan plan_of(const char* name, const PointwiseProgram& program, TensorPtrs inputs,
             std::span<const Scalar> scalars) {
  check_counts(name, program, inputs.size(), scalars.size());
  if (inputs.empty()) {
    throw ValueError(
        fmt::format("{}: program '{}' takes no tensors: the shape, dtype and device of its results "
                    "are not known; give them, as in pointwise(program, shape, options)",
                    name, program.name()));
  }
  Plan plan;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i]->defined()) {
      throw ValueError(
          fmt::format("{}: input {} is an undefined tensor; give it a value first", name, i));
    }
    const TensorImpl& t = impl(*inputs[i]);
    if (i == 0) {
      plan.shape = t.shape;
      plan.backend = &t.backend();
      plan.plain = t.contiguous;
      plan.type = t.dtype;
      continue;
    }
    if (&t.backend() != plan.backend) detail::check_same_device(*inputs[0], *inputs[i], name);
    if (t.shape != plan.shape) {
      plan.shape = broadcast_shapes(plan.shape, t.shape, name);
      plan.plain = false;
    }
    plan.plain = plan.plain && t.contiguous && t.dtype == plan.type;
  }
  if (!plan.plain || !is_floating(plan.type)) plan.type = result_type(inputs, scalars);
  choose_types(name, program, plan, scalars);
  return plan;
}

Plan plan_without_inputs(const char* name, const PointwiseProgram& program, const Shape& shape,
                         DType type, Backend& backend, std::span<const Scalar> scalars) {
  check_counts(name, program, 0, scalars.size());
  Plan plan{.shape = shape, .type = type, .compute = type, .backend = &backend, .plain = true};
  choose_types(name, program, plan, scalars);
  return plan;
}

DType output_type(const PointwiseProgram& program, DType type) {
  return program.rule() == TypeRule::boolean ? bool_ : type;
}

bool results_wide(const PointwiseProgram& program, TensorPtrs inputs) {
  if (program.rule() == TypeRule::boolean || !autograd::recording(inputs)) return false;
  // Of this one the derivative reads the sign alone, which rounding leaves.
  if (const Instruction* only = program.single(); only != nullptr && only->op == Opcode::relu) {
    return false;
  }
  for (const PointwiseGradient* part = &program.gradient(wanted_inputs(inputs)); part != nullptr;
       part = part->rest.get()) {
    for (const auto& source : part->sources) {
      if (source.kind == PointwiseGradient::Source::Kind::output) return true;
    }
  }
  return false;
}

Tensors make_outputs(const PointwiseProgram& program, const Plan& plan) {
  Tensors outputs;
  outputs.reserve(program.outputs().size());
  for (size_t i = 0; i < program.outputs().size(); ++i) {
    outputs.push_back(
        detail::make_tensor(plan.shape, output_type(program, plan.type), *plan.backend));
  }
  return outputs;
}

void launch(const PointwiseProgram& program, const Plan& plan, TensorPtrs inputs,
            std::span<const Tensor> outputs, std::span<const Scalar> scalars, RandomState random) {
  if (is_complex(plan.type)) detail::throw_no_complex(impl(outputs[0]));
  OperandList list(inputs.size() + outputs.size());
  PointwiseArgs args;
  args.program = &program;
  args.compute = plan.compute;
  args.scalars = scalars;
  args.random = random;
  bool plain = plan.plain;
  for (const Tensor& t : outputs) plain = plain && impl(t).contiguous;
  if (plain) {
    args.shape.push_back(impl(outputs[0]).numel);
    Operand o;
    o.strides.push_back(1);
    const auto add = [&](const TensorImpl& t) {
      o.buffer = t.buffer();
      o.offset = t.offset;
      o.dtype = t.dtype;
      list.push_back(o);
    };
    for (const Tensor* t : inputs) add(impl(*t));
    for (const Tensor& t : outputs) add(impl(t));
  } else {
    args.shape = plan.shape;
    for (const Tensor* t : inputs) list.push_back(broadcast_operand(*t, plan.shape));
    for (const Tensor& t : outputs) list.push_back(broadcast_operand(t, plan.shape));
    collapse(args.shape, list.all());
  }
  args.inputs = list.all().first(inputs.size());
  args.outputs = list.all().subspan(inputs.size());
  Kernels(*plan.backend).pointwise(args);
}

InputSet wanted_inputs(TensorPtrs inputs) {
  InputSet wanted;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (impl(*inputs[i]).wants_grad()) wanted.set(i);
  }
  return wanted;
}

void record_program(const char* name, const ProgramPtr& program, TensorPtrs inputs,
                    std::span<const Tensor> outputs, std::span<const Scalar> scalars,
                    RandomState random) {
  if (!autograd::recording(inputs) || program->rule() == TypeRule::boolean) return;
  if (!is_floating(impl(outputs[0]).dtype)) return;
  auto* node = new PointwiseNode(name, SavedProgram(program, inputs, outputs, scalars, random),
                                 impl(outputs[0]).shape, static_cast<int>(inputs.size()),
                                 static_cast<uint32_t>(outputs.size()));
  const GradNodeRef owner(node);
  for (size_t i = 0; i < inputs.size(); ++i) node->connect(static_cast<int>(i), *inputs[i]);
  for (size_t i = 0; i < outputs.size(); ++i) {
    autograd::set_history(outputs[i], node, static_cast<uint32_t>(i));
  }
}

}  // namespace ct::ops
