// Programs of the user's own: pointwise of tensors, pointwise of none, pointwise_ into tensors that
// are there. Any number of inputs and outputs that PointwiseBuilder accepts.
#include "ops/pointwise/user_program.hpp"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "core/view/sizes.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/random.hpp"
#include "ops/pointwise/wide.hpp"
#include "ops/random_stream.hpp"

namespace ct {
namespace {

using detail::impl;

/// Pointers to tensors that stand side by side; on the heap beyond what optimizers need.
class Pointers {
 public:
  explicit Pointers(std::span<const Tensor> tensors)
      : many_(tensors.size() > few_.size() ? tensors.size() : 0), count_(tensors.size()) {
    const Tensor** to = many_.empty() ? few_.data() : many_.data();
    for (const Tensor& t : tensors) *to++ = &t;
  }
  ops::TensorPtrs all() const { return {many_.empty() ? few_.data() : many_.data(), count_}; }

 private:
  std::array<const Tensor*, 16> few_;
  std::vector<const Tensor*> many_;
  size_t count_;
};

void check_program(const char* name, const ProgramPtr& program) {
  if (program) return;
  throw ValueError(fmt::format("{}: there is no program: the pointer is null", name));
}

/// Where the program's random instructions draw.
RandomState draws(const PointwiseProgram& program, const Shape& shape, Generator* generator) {
  if (!program.uses_random()) return {};
  return ops::stream_of(generator).take(checked_numel("pointwise", shape));
}

}  // namespace

Tensors pointwise(const ProgramPtr& program, std::span<const Tensor> inputs,
                  std::span<const Scalar> scalars) {
  check_program("pointwise", program);
  const Pointers pointers(inputs);
  ops::Plan plan = ops::plan_of("pointwise", *program, pointers.all(), scalars);
  const DType type = plan.type;
  const bool wide = ops::is_narrow(type) && ops::results_wide(*program, pointers.all());
  if (wide) plan.type = plan.compute;
  Tensors outputs = ops::make_outputs(*program, plan);
  const RandomState random = draws(*program, plan.shape, nullptr);
  ops::launch(*program, plan, pointers.all(), outputs, scalars, random);
  ops::record_program("pointwise", program, pointers.all(), outputs, scalars, random);
  if (wide) {
    for (Tensor& out : outputs) out = out.to(type);
  }
  return outputs;
}

Tensor pointwise(const ProgramPtr& program, std::initializer_list<Tensor> inputs,
                 std::initializer_list<Scalar> scalars) {
  return pointwise(program, std::span(inputs.begin(), inputs.size()),
                   std::span(scalars.begin(), scalars.size()))[0];
}

Tensors pointwise(const ProgramPtr& program, const Shape& shape, const TensorOptions& options,
                  std::span<const Scalar> scalars, Generator* generator) {
  check_program("pointwise", program);
  const DType natural = ops::result_type({}, scalars);
  const DType type =
      program->rule() == TypeRule::boolean ? natural : options.dtype.value_or(natural);
  const ops::Plan plan = ops::plan_without_inputs("pointwise", *program, shape, type,
                                                  options.device.backend(), scalars);
  const DType given = ops::output_type(*program, plan.type);
  if (options.dtype && *options.dtype != given) {
    throw DTypeError(fmt::format(
        "pointwise: program '{}' gives {}: {} was asked for; leave the dtype out, and convert the "
        "result with .to({})",
        program->name(), name(given), name(*options.dtype), name(*options.dtype)));
  }
  Tensors outputs = ops::make_outputs(*program, plan);
  ops::launch(*program, plan, {}, outputs, scalars, draws(*program, shape, generator));
  if (options.requires_grad) {
    for (Tensor& out : outputs) out.requires_grad_();
  }
  return outputs;
}

namespace ops {

Plan plan_into(const char* name, const ProgramPtr& program, std::span<const Tensor> outputs,
               std::span<const Tensor> inputs, std::span<const Scalar> scalars) {
  check_program(name, program);
  if (outputs.size() != program->outputs().size()) {
    throw ValueError(
        fmt::format("{}: program '{}' has {} outputs and takes {} tensors: got {} and {}", name,
                    program->name(), program->outputs().size(), program->inputs(), outputs.size(),
                    inputs.size()));
  }
  for (const Tensor& out : outputs) ct::detail::check_defined(out, name, "outputs");
  const Tensor& first = outputs[0];
  const Pointers pointers(inputs);
  const Plan plan = inputs.empty()
                        ? plan_without_inputs(name, *program, first.shape(), first.dtype(),
                                              impl(first).backend(), scalars)
                        : plan_of(name, *program, pointers.all(), scalars);
  for (const Tensor& out : outputs) {
    ct::detail::check_same_device(out, inputs.empty() ? first : inputs[0], name);
    if (out.shape() != plan.shape) {
      throw ShapeError(fmt::format("{}: program '{}' gives shape {}: an output has {}", name,
                                   program->name(), to_string(plan.shape), to_string(out.shape())));
    }
  }
  return plan;
}

void launch_into(const PointwiseProgram& program, const Plan& plan, std::span<const Tensor> outputs,
                 std::span<const Tensor> inputs, std::span<const Scalar> scalars) {
  launch(program, plan, Pointers(inputs).all(), outputs, scalars,
         draws(program, plan.shape, nullptr));
}

}  // namespace ops

void pointwise_(const ProgramPtr& program, std::span<const Tensor> outputs,
                std::span<const Tensor> inputs, std::span<const Scalar> scalars) {
  const ops::Plan plan = ops::plan_into("pointwise_", program, outputs, inputs, scalars);
  ops::launch_into(*program, plan, outputs, inputs, scalars);
  for (const Tensor& out : outputs) impl(out).bump_version();
}

}  // namespace ct
