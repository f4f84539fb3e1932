// Runs a pointwise program on numbers in float64, in the plainest way: the oracle of the tests of
// programs and of their derivatives.
#pragma once

#include <cstdint>
#include <customtensor/pointwise.hpp>
#include <limits>
#include <vector>

#include "support/instruction.hpp"

namespace ct::test {

/// The program's outputs. Results live in the program's slots, as in a real interpreter, so that a
/// wrong slot shows.
inline std::vector<double> evaluate(const PointwiseProgram& program,
                                    const std::vector<double>& inputs,
                                    const std::vector<double>& scalars = {}) {
  std::vector<double> slots(static_cast<size_t>(program.slot_count()),
                            std::numeric_limits<double>::quiet_NaN());
  const auto value = [&](int number) -> double {
    if (number < program.first_scalar()) return inputs.at(static_cast<size_t>(number));
    if (number < program.first_constant()) {
      return scalars.at(static_cast<size_t>(number - program.first_scalar()));
    }
    if (number < program.first_result()) {
      return program.constants()[static_cast<size_t>(number - program.first_constant())];
    }
    return slots.at(program.slots()[static_cast<size_t>(number - program.first_result())]);
  };
  for (size_t i = 0; i < program.code().size(); ++i) {
    const Instruction& step = program.code()[i];
    const auto operand = [&](int k) {
      return k < info(step.op).arity ? value(step.operand[k]) : 0.0;
    };
    slots.at(program.slots()[i]) = run_instruction(step.op, operand(0), operand(1), operand(2));
  }
  std::vector<double> results;
  for (uint8_t output : program.outputs()) results.push_back(value(output));
  return results;
}

/// The gradient of sum(upstream[j] * output[j]) with respect to each input, by the program's
/// derivative; 0 for inputs that are not wanted.
inline std::vector<double> evaluate_gradient(const PointwiseProgram& program,
                                             const std::vector<double>& inputs,
                                             const std::vector<double>& scalars,
                                             const std::vector<double>& upstream,
                                             const InputSet& wanted) {
  using Kind = PointwiseGradient::Source::Kind;
  const std::vector<double> outputs = evaluate(program, inputs, scalars);
  std::vector<double> all(inputs.size());
  for (const auto* part = &program.gradient(wanted); part != nullptr; part = part->rest.get()) {
    std::vector<double> results;
    if (part->program) {
      std::vector<double> sources;
      for (const auto& source : part->sources) {
        sources.push_back(source.kind == Kind::input    ? inputs.at(source.index)
                          : source.kind == Kind::output ? outputs.at(source.index)
                                                        : upstream.at(source.index));
      }
      results = evaluate(*part->program, sources, scalars);
    }
    for (size_t i = 0; i < all.size(); ++i) {
      const int place = part->result.at(i);
      if (place == PointwiseGradient::kZero) continue;
      all[i] += place >= PointwiseGradient::kCopyOf
                    ? upstream.at(static_cast<size_t>(place - PointwiseGradient::kCopyOf))
                    : results.at(static_cast<size_t>(place));
    }
  }
  return all;
}

}  // namespace ct::test
