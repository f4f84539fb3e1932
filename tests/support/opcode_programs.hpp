// Programs with one output for each opcode, so that many kernels are one build.
#pragma once

#include <customtensor/pointwise.hpp>
#include <vector>

namespace ct::test {

/// One output for each opcode of `arity` that means something among integers or floats, at most
/// `most` to a program.
inline std::vector<ProgramPtr> opcode_programs(int arity, bool integers, int most) {
  std::vector<ProgramPtr> programs;
  std::vector<Opcode> left;
  for (int i = 0; i < kOpcodeCount; ++i) {
    const auto op = static_cast<Opcode>(i);
    const TypeRule none = integers ? TypeRule::floating : TypeRule::integral;
    if (info(op).arity == arity && info(op).rule != none) left.push_back(op);
  }
  while (!left.empty()) {
    PointwiseBuilder b("opcodes", arity);
    for (int n = 0; n < most && !left.empty(); ++n, left.pop_back()) {
      const auto operand = [&](int k) { return k < arity ? b.input(k) : PointwiseValue(0.0); };
      b.output(b.apply(left.back(), operand(0), operand(1), operand(2)));
    }
    programs.push_back(b.build());
  }
  return programs;
}

/// The opcode of an output of such a program.
inline Opcode opcode_of(const PointwiseProgram& program, size_t output) {
  const int instruction = program.outputs()[output] - program.first_result();
  return program.code()[static_cast<size_t>(instruction)].op;
}

}  // namespace ct::test
