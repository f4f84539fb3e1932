// Reverse-mode differentiation of a pointwise program, by symbols: the gradient is built with the
// same builder from the rules of pointwise_table.cpp, so it is a plain program, fused and again
// differentiable. It reads as little as it can: an output of the forward where a rule needs that
// value (tanh, relu), else it computes from the forward's inputs what the rules ask for.
//
// A derivative is longer than its forward. Where it does not fit into one program it is cut: by the
// outputs whose gradients arrive, whose shares add up, then by the inputs that want theirs.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/program/pointwise_internal.hpp"

namespace ct::pointwise {
namespace {

using Values = std::vector<PointwiseValue>;

/// Which values depend on a wanted input in a way that has a derivative.
std::vector<bool> find_active(const PointwiseProgram& program, const InputSet& wanted) {
  std::vector<bool> active(static_cast<size_t>(program.values()));
  for (size_t i = 0; i < static_cast<size_t>(program.inputs()); ++i) active[i] = wanted[i];
  auto result = static_cast<size_t>(program.first_result());
  for (const Instruction& step : program.code()) {
    for (size_t k = 0; k < static_cast<size_t>(info(step.op).arity); ++k) {
      if (row(step.op).partial[k] != nullptr && active[step.operand[k]]) active[result] = true;
    }
    ++result;
  }
  return active;
}

/// The inputs that instructions read.
std::vector<int> read_inputs(const PointwiseProgram& program) {
  std::vector<bool> used(static_cast<size_t>(program.values()));
  for (const Instruction& step : program.code()) {
    for (int k = 0; k < info(step.op).arity; ++k) used[step.operand[k]] = true;
  }
  std::vector<int> read;
  for (int i = 0; i < program.inputs(); ++i) {
    if (used[static_cast<size_t>(i)]) read.push_back(i);
  }
  return read;
}

/// A range of the forward's outputs: those whose gradients a program is given.
struct Range {
  int begin, end;
  int size() const { return end - begin; }
};

/// What a program of the derivative can be given: the forward's inputs that matter, the outputs in
/// the range, and the gradients that arrive at those.
struct Givens {
  Givens(const PointwiseProgram& program, Range outputs_)
      : inputs(read_inputs(program)), outputs(outputs_) {}
  int count() const { return first_gradient() + outputs.size(); }
  int first_output() const { return static_cast<int>(inputs.size()); }
  int first_gradient() const { return first_output() + outputs.size(); }
  PointwiseGradient::Source source(int given) const {
    using Kind = PointwiseGradient::Source::Kind;
    if (given < first_output()) {
      return {Kind::input, static_cast<uint8_t>(inputs[static_cast<size_t>(given)])};
    }
    const bool output = given < first_gradient();
    const int place = given - (output ? first_output() : first_gradient());
    return {output ? Kind::output : Kind::gradient, static_cast<uint8_t>(outputs.begin + place)};
  }

  std::vector<int> inputs;
  Range outputs;
};

/// The forward's values inside of the builder of its derivative.
Values forward_values(const PointwiseProgram& program, const Givens& givens, PointwiseBuilder& b) {
  Values values(static_cast<size_t>(program.inputs()), 0.0);
  for (int k = 0; k < givens.first_output(); ++k) {
    values[static_cast<size_t>(givens.inputs[static_cast<size_t>(k)])] = b.input(k);
  }
  for (int i = 0; i < program.scalars(); ++i) values.push_back(b.scalar(i));
  for (double constant : program.constants()) values.push_back(b.constant(constant));
  for (const Instruction& step : program.code()) {
    const int number = static_cast<int>(values.size());
    int output = -1;
    for (int j = givens.outputs.begin; j < givens.outputs.end; ++j) {
      if (program.outputs()[static_cast<size_t>(j)] == number) output = j - givens.outputs.begin;
    }
    if (output >= 0 && step.op != Opcode::copy) {
      values.push_back(b.input(givens.first_output() + output));
    } else {
      const auto operand = [&](int k) {
        return k < info(step.op).arity ? values[step.operand[k]] : PointwiseValue(0.0);
      };
      values.push_back(b.apply(step.op, operand(0), operand(1), operand(2)));
    }
  }
  return values;
}

/// The program without the inputs that it does not read, which are not among `kept`.
ProgramPtr keep_inputs(const PointwiseProgram& program, const std::vector<int>& kept) {
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

/// The gradients of the forward's values, by the chain rule from the last instruction to the first.
std::vector<std::optional<PointwiseValue>> backward_values(const PointwiseProgram& program,
                                                           const Givens& givens,
                                                           const std::vector<bool>& active,
                                                           PointwiseBuilder& b) {
  const Values values = forward_values(program, givens, b);
  std::vector<std::optional<PointwiseValue>> gradient(values.size());
  const auto accumulate = [&](size_t value, PointwiseValue term) {
    gradient[value] = gradient[value] ? *gradient[value] + term : term;
  };
  for (int j = 0; j < givens.outputs.size(); ++j) {
    accumulate(
        program.outputs()[static_cast<size_t>(givens.outputs.begin) + static_cast<size_t>(j)],
        b.input(givens.first_gradient() + j));
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
  return gradient;
}

/// The derivative of the outputs in the range, if one program holds it.
/// Errors: ValueError if it does not and `or_throw`.
std::optional<PointwiseGradient> in_one_program(const PointwiseProgram& program,
                                                const InputSet& wanted, Range outputs,
                                                bool or_throw) {
  const Givens givens(program, outputs);
  if (!or_throw && givens.count() + program.scalars() > kMaxPointwiseValues) return std::nullopt;
  PointwiseBuilder b(program.name() + "_grad", givens.count(), program.scalars());
  const std::vector<bool> active = find_active(program, wanted);
  const auto gradient = backward_values(program, givens, active, b);

  PointwiseGradient result;
  result.result.assign(static_cast<size_t>(program.inputs()), PointwiseGradient::kZero);
  std::vector<int> results;  // the builder's number of each output
  for (size_t i = 0; i < result.result.size(); ++i) {
    const auto& value = gradient[i];
    double constant = 1;
    if (!active[i] || !value) continue;
    if (value->is_constant(&constant) && constant == 0) continue;
    int& place = result.result[i];
    for (int j = 0; j < outputs.size(); ++j) {
      if (value->number() == b.input(givens.first_gradient() + j).number()) {
        place = PointwiseGradient::kCopyOf + outputs.begin + j;
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
  if (!or_throw && b.values() > kMaxPointwiseValues) return std::nullopt;

  const ProgramPtr whole = b.build();
  const std::vector<int> kept = read_inputs(*whole);
  result.program = keep_inputs(*whole, kept);
  for (int given : kept) result.sources.push_back(givens.source(given));
  return result;
}

/// In as many programs as it takes, which are added to `parts`.
void in_programs(const PointwiseProgram& program, const InputSet& wanted, Range outputs,
                 std::vector<PointwiseGradient>& parts) {
  const bool indivisible = outputs.size() == 1 && wanted.count() <= 1;
  if (auto whole = in_one_program(program, wanted, outputs, indivisible)) {
    parts.push_back(std::move(*whole));
    return;
  }
  if (outputs.size() > 1) {
    const int middle = outputs.begin + outputs.size() / 2;
    in_programs(program, wanted, {outputs.begin, middle}, parts);
    in_programs(program, wanted, {middle, outputs.end}, parts);
    return;
  }
  InputSet first, second;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i]) (first.count() < wanted.count() / 2 ? first : second).set(i);
  }
  in_programs(program, first, outputs, parts);
  in_programs(program, second, outputs, parts);
}

}  // namespace

PointwiseGradient differentiate(const PointwiseProgram& program, const InputSet& wanted) {
  std::vector<PointwiseGradient> parts;
  in_programs(program, wanted, {0, static_cast<int>(program.outputs().size())}, parts);
  PointwiseGradient result = std::move(parts.back());
  for (size_t i = parts.size() - 1; i-- > 0;) {
    parts[i].rest = std::make_unique<const PointwiseGradient>(std::move(result));
    result = std::move(parts[i]);
  }
  return result;
}

}  // namespace ct::pointwise
