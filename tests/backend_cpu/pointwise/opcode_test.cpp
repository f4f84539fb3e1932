// Every opcode on the CPU in every compute type, with vector and scalar operands in all
// combinations, at ordinary and special values.
#include <gtest/gtest.h>

#include <limits>

#include "backend_cpu/kernel_harness.hpp"
#include "support/instruction.hpp"

namespace ct {
namespace {

using test::Array;
using test::run;
using test::whole;

/// Values that meet every branch; all triples of them.
void fill_triples(Array& a, Array& b, Array& c, const std::vector<double>& values) {
  int64_t i = 0;
  for (const double x : values) {
    for (const double y : values) {
      for (const double z : values) {
        a.set(i, x);
        b.set(i, y);
        c.set(i++, z);
      }
    }
  }
}

void expect_close(Opcode op, DType compute, double actual, double expected,
                  const std::string& what) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(actual)) << what << " = " << actual;
  } else if (std::isinf(expected) || !is_floating(compute)) {
    EXPECT_EQ(actual, expected) << what;
  } else {
    // Near its root digamma is a difference of numbers about 1.
    const bool rooted = op == Opcode::digamma || op == Opcode::polygamma;
    const double tolerance = compute == float32 ? 4e-7 : rooted ? 2e-14 : 1e-15;
    EXPECT_NEAR(actual, expected, tolerance * std::abs(expected)) << what;
  }
}

class EveryOpcode : public ::testing::TestWithParam<DType> {};

TEST_P(EveryOpcode, MatchesItsMeaningWithVectorAndScalarOperands) {
  const DType compute = GetParam();
  const bool integers = !is_floating(compute);
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<double> values =
      integers ? std::vector<double>{0, 1, -1, 2, -2, 3, 7, -8}
               : std::vector<double>{0,   -0.0, 1,   -1,   2,    0.5, -0.5,
                                     2.5, -3.5, 1.5, 1e10, -inf, inf, std::nan("")};
  const auto n = static_cast<int64_t>(values.size() * values.size() * values.size());
  Array operand[3] = {{compute, n}, {compute, n}, {compute, n}};
  fill_triples(operand[0], operand[1], operand[2], values);
  Array out(compute, n);
  for (int code = static_cast<int>(Opcode::copy); code < kOpcodeCount; ++code) {
    const auto op = static_cast<Opcode>(code);
    const OpcodeInfo& facts = info(op);
    if (integers && facts.rule == TypeRule::floating && op != Opcode::div) continue;
    if (!integers && facts.rule == TypeRule::integral) continue;
    // Mask bit k: operand k is one value, by a stride of 0.
    for (int mask = 0; mask < (1 << facts.arity); ++mask) {
      std::vector<Operand> inputs;
      for (int k = 0; k < facts.arity; ++k) {
        const bool scalar = ((mask >> k) & 1) != 0;
        inputs.push_back({operand[k].data(),
                          scalar ? n / 3 + k * 5 : 0,
                          compute,
                          {scalar ? int64_t{0} : int64_t{1}}});
      }
      run(*program_of(op), compute, {n}, inputs, {whole(out)});
      for (int64_t i = 0; i < n; ++i) {
        double x[3] = {};
        for (int k = 0; k < facts.arity; ++k) {
          const auto& input = inputs[static_cast<size_t>(k)];
          x[k] = operand[k].get(input.offset + i * input.strides[0]);
        }
        // Of such an order every value is infinite, or a difference of infinities.
        if (op == Opcode::polygamma && x[0] > 100) continue;
        expect_close(op, compute, out.get(i), test::run_instruction(op, x[0], x[1], x[2], integers),
                     std::string(facts.name) + "(" + std::to_string(x[0]) + ", " +
                         std::to_string(x[1]) + ", " + std::to_string(x[2]) + ") mask " +
                         std::to_string(mask));
        if (HasFailure()) return;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Compute, EveryOpcode,
                         ::testing::Values(float32, float64, DType::int32, DType::int64),
                         [](const auto& info) { return std::string(name(info.param)); });

}  // namespace
}  // namespace ct
