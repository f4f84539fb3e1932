// Reverse-mode differentiation of a pointwise program, by symbols: the gradient is built with the
// same builder from the rules of pointwise_table.cpp, so it is a plain program, fused and again
// differentiable. It reads as little as it can: an output of the forward where a rule needs that
// value (tanh, relu), else it computes from the forward's inputs what the rules ask for.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/program/pointwise_internal.hpp"

namespace ct::pointwise {
namespace {

using Values = std::vector<PointwiseValue>;

/// Which values depend on a wanted input in a way that has a derivative.
std::vector<bool> find_active(const PointwiseProgram& program, uint32_t wanted) {
  std::vector<bool> active(static_cast<size_t>(program.values()));
  for (int i = 0; i < program.inputs() && i < 32; ++i) {
    active[static_cast<size_t>(i)] = (wanted >> i & 1U) != 0;
  }
  auto result = static_cast<size_t>(program.first_result());
  for (const Instruction& step : program.code()) {
    for (size_t k = 0; k < static_cast<size_t>(info(step.op).arity); ++k) {
      if (row(step.op).partial[k] != nullptr && active[step.operand[k]]) active[result] = true;
    }
    ++result;
  }
  return active;
}

/// The forward's values inside of the gradient's builder, whose inputs are the forward's inputs,
/// then its outputs, then the gradients of those.
Values forward_values(const PointwiseProgram& program, PointwiseBuilder& b) {
  Values values;
  values.reserve(static_cast<size_t>(program.values()));
  for (int i = 0; i < program.inputs(); ++i) values.push_back(b.input(i));
  for (int i = 0; i < program.scalars(); ++i) values.push_back(b.scalar(i));
  for (double constant : program.constants()) values.push_back(b.constant(constant));
  for (const Instruction& step : program.code()) {
    const int number = static_cast<int>(values.size());
    int output = -1;
    for (int j = static_cast<int>(program.outputs().size()) - 1; j >= 0; --j) {
      if (program.outputs()[static_cast<size_t>(j)] == number) output = j;
    }
    if (output >= 0 && step.op != Opcode::copy) {
      values.push_back(b.input(program.inputs() + output));
    } else {
      const auto operand = [&](int k) {
        return k < info(step.op).arity ? values[step.operand[k]] : PointwiseValue(0.0);
      };
      values.push_back(b.apply(step.op, operand(0), operand(1), operand(2)));
    }
  }
  return values;
}

/// The program without the inputs that it does not read; `kept` lists the others.
ProgramPtr drop_unused_inputs(const PointwiseProgram& program, std::vector<int>& kept) {
  std::vector<bool> used(static_cast<size_t>(program.values()));
  for (const Instruction& step : program.code()) {
    for (int k = 0; k < info(step.op).arity; ++k) used[step.operand[k]] = true;
  }
  for (int i = 0; i < program.inputs(); ++i) {
    if (used[static_cast<size_t>(i)]) kept.push_back(i);
  }
  PointwiseBuilder b(program.name(), static_cast<int>(kept.size()), program.scalars());
  Values inputs(static_cast<size_t>(program.inputs()), 0.0);
  for (size_t k = 0; k < kept.size(); ++k) {
    inputs[static_cast<size_t>(kept[k])] = b.input(static_cast<int>(k));
  }
  Values scalars;
  for (int i = 0; i < program.scalars(); ++i) scalars.push_back(b.scalar(i));
  for (const PointwiseValue& value : b.inlined(program, inputs, scalars)) b.output(value);
  return b.build();
}

}  // namespace

PointwiseGradient differentiate(const PointwiseProgram& program, uint32_t wanted) {
  const int inputs = program.inputs();
  const int outputs = static_cast<int>(program.outputs().size());
  const int first_gradient = inputs + outputs;
  PointwiseBuilder b(program.name() + "_grad", inputs + 2 * outputs, program.scalars());
  const std::vector<bool> active = find_active(program, wanted);
  const Values values = forward_values(program, b);

  std::vector<std::optional<PointwiseValue>> gradient(values.size());
  const auto accumulate = [&](size_t value, PointwiseValue term) {
    gradient[value] = gradient[value] ? *gradient[value] + term : term;
  };
  for (int j = 0; j < outputs; ++j) {
    accumulate(program.outputs()[static_cast<size_t>(j)], b.input(first_gradient + j));
  }
  for (size_t i = program.code().size(); i-- > 0;) {
    const Instruction& step = program.code()[i];
    const size_t result = static_cast<size_t>(program.first_result()) + i;
    if (!gradient[result] || !active[result]) continue;
    // Places beyond the arity hold some value that the rule does not look at.
    const Terms terms{*gradient[result], values[result], values[step.operand[0]],
                      values[step.operand[1]], values[step.operand[2]]};
    for (size_t k = 0; k < static_cast<size_t>(info(step.op).arity); ++k) {
      const Partial partial = row(step.op).partial[k];
      if (partial != nullptr && active[step.operand[k]]) {
        accumulate(step.operand[k], partial(terms));
      }
    }
  }

  PointwiseGradient result;
  result.result.assign(static_cast<size_t>(inputs), PointwiseGradient::kZero);
  std::vector<int> results;  // the builder's number of each output
  for (int i = 0; i < inputs; ++i) {
    const auto& value = gradient[static_cast<size_t>(i)];
    double constant = 1;
    if (!active[static_cast<size_t>(i)] || !value) continue;
    if (value->is_constant(&constant) && constant == 0) continue;
    int& place = result.result[static_cast<size_t>(i)];
    for (int j = 0; j < outputs; ++j) {
      if (value->number() == b.input(first_gradient + j).number()) {
        place = PointwiseGradient::kCopyOf + j;
      }
    }
    if (place != PointwiseGradient::kZero) continue;
    for (size_t j = 0; j < results.size(); ++j) {
      if (results[j] == value->number()) place = static_cast<int>(j);
    }
    if (place != PointwiseGradient::kZero) continue;
    place = static_cast<int>(results.size());
    results.push_back(value->number());
    b.output(*value);
  }
  if (results.empty()) return result;

  std::vector<int> kept;
  result.program = drop_unused_inputs(*b.build(), kept);
  using Kind = PointwiseGradient::Source::Kind;
  for (int input : kept) {
    const Kind kind = input < inputs           ? Kind::input
                      : input < first_gradient ? Kind::output
                                               : Kind::gradient;
    const int start = kind == Kind::input ? 0 : kind == Kind::output ? inputs : first_gradient;
    result.sources.push_back({kind, static_cast<uint8_t>(input - start)});
  }
  return result;
}

}  // namespace ct::pointwise
