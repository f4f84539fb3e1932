// Random expressions, built as programs and evaluated instruction by instruction next to it: what
// the builder folds, joins and reorders must not change a value, NaN and infinity included.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <customtensor/pointwise.hpp>
#include <limits>
#include <random>
#include <vector>

#include "core/program/pointwise_evaluator.hpp"

namespace ct {
namespace {

constexpr int kInputs = 3;

/// An expression and its value at one point.
struct Term {
  PointwiseValue symbol;
  double value;
};

class RandomExpression {
 public:
  RandomExpression(PointwiseBuilder& b, const std::vector<double>& point, uint32_t seed)
      : builder_(b), random_(seed) {
    for (int i = 0; i < kInputs; ++i) {
      terms_.push_back({b.input(i), point[static_cast<size_t>(i)]});
    }
    for (double constant : {0.0, 1.0, -1.0, 2.0, 0.5, 3.0}) terms_.push_back({constant, constant});
  }

  void grow(int steps) {
    for (int i = 0; i < steps; ++i) {
      // Without the random draws, bits, and pow: its constant powers round differently. Without the
      // functions for which the evaluator has its own algorithms.
      auto op = static_cast<Opcode>(draw(static_cast<int>(Opcode::copy), kOpcodeCount - 1));
      if (op == Opcode::pow || op == Opcode::polygamma) op = Opcode::mul;
      if (op == Opcode::erfinv || op == Opcode::digamma || op >= Opcode::gelu) op = Opcode::erf;
      if (info(op).rule == TypeRule::integral) op = Opcode::add;
      const Term a = pick(), b = pick(), c = pick();
      // Dividing by zero shows its sign, which the builder does not keep.
      if (a.value == 0 && (op == Opcode::reciprocal || op == Opcode::rsqrt)) op = Opcode::neg;
      if (b.value == 0 && (op == Opcode::div || op == Opcode::floor_divide)) op = Opcode::sub;
      if (a.value * b.value == 0 && op == Opcode::atan2) op = Opcode::sub;
      terms_.push_back({builder_.apply(op, a.symbol, b.symbol, c.symbol),
                        test::run_instruction(op, a.value, b.value, c.value)});
    }
  }
  const Term& last() const { return terms_.back(); }
  const Term& pick() {
    // Later terms more often, so that expressions get deep.
    const int size = static_cast<int>(terms_.size());
    return terms_[static_cast<size_t>(std::max(draw(0, size - 1), draw(0, size - 1)))];
  }

 private:
  int draw(int low, int high) {
    return low + static_cast<int>(random_() % static_cast<uint32_t>(high - low + 1));
  }

  PointwiseBuilder& builder_;
  std::mt19937 random_;
  std::vector<Term> terms_;
};

void expect_same(double actual, double expected, const PointwiseProgram& program, uint32_t seed) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(actual)) << "seed " << seed << ": " << program.to_string();
  } else {
    // Exact but for the sign of zero: the evaluator rounds an fma twice, as the two instructions.
    EXPECT_EQ(actual, expected) << "seed " << seed << ": " << program.to_string();
  }
}

void check(const std::vector<double>& point, uint32_t seed) {
  PointwiseBuilder b("fuzz", kInputs);
  RandomExpression expression(b, point, seed);
  expression.grow(40);
  const Term first = expression.last(), second = expression.pick();
  b.output(first.symbol);
  b.output(second.symbol);
  const ProgramPtr program = b.build();
  const auto results = test::evaluate(*program, point);
  expect_same(results[0], first.value, *program, seed);
  expect_same(results[1], second.value, *program, seed);
}

TEST(PointwiseFuzz, ProgramsKeepTheValuesOfTheirExpressions) {
  for (uint32_t seed = 0; seed < 2000; ++seed) check({0.7, -1.3, 2.2}, seed);
}

TEST(PointwiseFuzz, ProgramsKeepNanAndInfinity) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  for (uint32_t seed = 0; seed < 2000; ++seed) {
    check({kNan, -1.3, 2.2}, seed);
    check({kInfinity, -kInfinity, kNan}, seed);
  }
}

TEST(PointwiseFuzz, InliningAProgramKeepsItsValue) {
  for (uint32_t seed = 0; seed < 500; ++seed) {
    PointwiseBuilder b("fuzz", kInputs);
    RandomExpression expression(b, {0.7, -1.3, 2.2}, seed);
    expression.grow(30);
    b.output(expression.last().symbol);
    const ProgramPtr program = b.build();
    PointwiseBuilder again("again", kInputs);
    const PointwiseValue inputs[] = {again.input(0), again.input(1), again.input(2)};
    for (const auto& value : again.inlined(*program, inputs, {})) again.output(value);
    const std::vector<double> point{0.7, -1.3, 2.2};
    expect_same(test::evaluate(*again.build(), point)[0], test::evaluate(*program, point)[0],
                *program, seed);
  }
}

}  // namespace
}  // namespace ct
