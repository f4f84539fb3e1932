// Derivatives of pointwise programs, first and second, against central differences in float64; and
// what the derivative programs read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <customtensor/pointwise.hpp>
#include <limits>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "core/program/pointwise_evaluator.hpp"
#include "customtensor/error.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::evaluate;
using test::evaluate_gradient;
using testing::ElementsAre;
using Kind = PointwiseGradient::Source::Kind;

constexpr double kStep = 1e-5;
// Central differences: step^2 from the third derivative, 1e-16 / step from rounding.
constexpr double kTolerance = 1e-7;

InputSet all_inputs(const PointwiseProgram& program) {
  return ~InputSet() >> (kMaxPointwiseValues - static_cast<size_t>(program.inputs()));
}

std::vector<double> upstream_of(const PointwiseProgram& program) {
  std::vector<double> upstream;
  for (size_t j = 0; j < program.outputs().size(); ++j) {
    upstream.push_back(0.75 + 0.5 * static_cast<double>(j));
  }
  return upstream;
}

/// Compares each input's gradient at `point` with a central difference.
void check_gradient(const PointwiseProgram& program, const std::vector<double>& point,
                    const std::vector<double>& scalars = {}) {
  const auto upstream = upstream_of(program);
  const auto gradient = evaluate_gradient(program, point, scalars, upstream, all_inputs(program));
  const auto weighted = [&](const std::vector<double>& at) {
    const auto outputs = evaluate(program, at, scalars);
    double total = 0;
    for (size_t j = 0; j < outputs.size(); ++j) total += upstream[j] * outputs[j];
    return total;
  };
  for (size_t i = 0; i < point.size(); ++i) {
    auto above = point, below = point;
    above[i] += kStep;
    below[i] -= kStep;
    const double expected = (weighted(above) - weighted(below)) / (2 * kStep);
    EXPECT_NEAR(gradient[i], expected, kTolerance * (1 + std::fabs(expected)))
        << "input " << i << " of " << program.to_string();
  }
}

/// A program (inputs, upstream gradient) -> the gradients that are not trivially zero or copies,
/// with the forward's outputs computed inside: what the second derivative is taken of.
ProgramPtr gradient_as_program(const PointwiseProgram& program) {
  const PointwiseGradient& gradient = program.gradient(all_inputs(program));
  if (!gradient.program) return nullptr;
  const int inputs = program.inputs(), outputs = static_cast<int>(program.outputs().size());
  PointwiseBuilder b("first", inputs + outputs, program.scalars());
  std::vector<PointwiseValue> forward, scalars, sources;
  for (int i = 0; i < inputs; ++i) forward.push_back(b.input(i));
  for (int i = 0; i < program.scalars(); ++i) scalars.push_back(b.scalar(i));
  const auto results = b.inlined(program, forward, scalars);
  for (const auto& source : gradient.sources) {
    sources.push_back(source.kind == Kind::input    ? b.input(source.index)
                      : source.kind == Kind::output ? results[source.index]
                                                    : b.input(inputs + source.index));
  }
  for (const auto& value : b.inlined(*gradient.program, sources, scalars)) b.output(value);
  return b.build();
}

void check_both_gradients(const PointwiseProgram& program, const std::vector<double>& point,
                          const std::vector<double>& scalars = {}) {
  check_gradient(program, point, scalars);
  // The derivative program itself, as it is, is differentiable too: in its own sources.
  const PointwiseGradient& gradient = program.gradient(all_inputs(program));
  if (gradient.program) {
    std::vector<double> sources;
    const auto outputs = evaluate(program, point, scalars);
    for (const auto& source : gradient.sources) {
      sources.push_back(source.kind == Kind::input    ? point[source.index]
                        : source.kind == Kind::output ? outputs[source.index]
                                                      : 1.5);
    }
    check_gradient(*gradient.program, sources, scalars);
  }
  if (const ProgramPtr first = gradient_as_program(program)) {
    auto extended = point;
    for (double g : upstream_of(program)) extended.push_back(g);
    check_gradient(*first, extended, scalars);
  }
}

template <class F>
ProgramPtr build(const char* name, int inputs, int scalars, F body) {
  PointwiseBuilder b(name, inputs, scalars);
  body(b);
  return b.build();
}

class OpcodeGradient : public testing::TestWithParam<int> {};

TEST_P(OpcodeGradient, AgreesWithDifferences) {
  const auto op = static_cast<Opcode>(GetParam());
  if (info(op).rule == TypeRule::integral) GTEST_SKIP() << "not of numbers with fractions";
  if (op == Opcode::polygamma) GTEST_SKIP() << "its order is whole: see OfPolygamma";
  const PointwiseProgram& program = *program_of(op);
  std::vector<std::vector<double>> points = {
      {0.3, 0.7, -0.4}, {1.6, -0.6, 0.2}, {0.45, 2.3, 1.1}, {2.2, 1.4, -2.0}};
  // Of [-1, 1], and tan away from its poles.
  const bool unit = op == Opcode::asin || op == Opcode::acos || op == Opcode::atanh ||
                    op == Opcode::erfinv || op == Opcode::tan;
  if (unit) points = {{0.3}, {0.6}, {0.45}};
  if (op == Opcode::acosh) points = {{1.3}, {1.6}, {2.2}};
  for (const auto& point : points) {
    const std::vector<double> used(point.begin(), point.begin() + info(op).arity);
    check_both_gradients(program, used);
    const bool positive_only = op == Opcode::sqrt || op == Opcode::rsqrt || op == Opcode::log ||
                               op == Opcode::log2 || op == Opcode::log10 || op == Opcode::log1p ||
                               op == Opcode::pow || op == Opcode::acosh || op == Opcode::polygamma;
    // At a relu of a negative number the derivative program stands at its own kink, y = 0.
    if (info(op).arity == 0 || positive_only || op == Opcode::relu) continue;
    auto mirrored = used;
    mirrored[0] = -mirrored[0];
    check_both_gradients(program, mirrored);
  }
}

INSTANTIATE_TEST_SUITE_P(All, OpcodeGradient, testing::Range(0, kOpcodeCount),
                         [](const auto& instance) {
                           return std::string(ct::info(static_cast<Opcode>(instance.param)).name);
                         });

TEST(PointwiseGradient, OfPolygammaIsTheNextOne) {
  for (const double order : {0.0, 1.0, 2.0, 5.0}) {
    const ProgramPtr p = build("polygamma", 1, 0, [&](PointwiseBuilder& b) {
      b.output(b.apply(Opcode::polygamma, order, b.input(0)));
    });
    for (const double x : {0.8, 1.6, 4.3, -0.6}) check_both_gradients(*p, {x});
  }
}

TEST(PointwiseGradient, OfGelu) {
  const auto gelu = build("gelu", 1, 0, [](PointwiseBuilder& b) {
    const auto x = b.input(0);
    b.output(x * 0.5 * (1.0 + b.apply(Opcode::erf, x * std::sqrt(0.5))));
  });
  for (double x : {-2.5, -0.3, 0.0, 0.9, 3.0}) check_both_gradients(*gelu, {x});
}

TEST(PointwiseGradient, OfGeluByTanh) {
  const auto gelu = build("gelu_tanh", 1, 0, [](PointwiseBuilder& b) {
    const auto x = b.input(0);
    const auto inner = 0.7978845608028654 * (x + 0.044715 * (x * x * x));
    b.output(0.5 * x * (1.0 + b.apply(Opcode::tanh, inner)));
  });
  for (double x : {-2.5, -0.3, 0.0, 0.9, 3.0}) check_both_gradients(*gelu, {x});
}

TEST(PointwiseGradient, OfSilu) {
  const auto silu = build("silu", 1, 0, [](PointwiseBuilder& b) {
    b.output(b.input(0) * b.apply(Opcode::sigmoid, b.input(0)));
  });
  for (double x : {-2.5, -0.3, 0.0, 0.9, 3.0}) check_both_gradients(*silu, {x});
}

TEST(PointwiseGradient, OfSoftplusWithoutOverflow) {
  const auto softplus = build("softplus", 1, 0, [](PointwiseBuilder& b) {
    const auto x = b.input(0);
    b.output(b.apply(Opcode::relu, x) +
             b.apply(Opcode::log1p, b.apply(Opcode::exp, -b.apply(Opcode::abs, x))));
  });
  for (double x : {-2.5, -0.3, 0.9, 3.0}) check_both_gradients(*softplus, {x});
}

TEST(PointwiseGradient, OfAnAdamStepWithThreeOutputs) {
  const auto adam = build("adam", 4, 3, [](PointwiseBuilder& b) {
    const auto p = b.input(0), g = b.input(1), m = b.input(2), v = b.input(3);
    const auto new_m = m * 0.9 + g * 0.1;
    const auto new_v = v * 0.999 + g * g * 0.001;
    b.output(p - b.scalar(0) * (new_m * b.scalar(1)) /
                     (b.apply(Opcode::sqrt, new_v * b.scalar(2)) + 1e-8));
    b.output(new_m);
    b.output(new_v);
  });
  check_both_gradients(*adam, {0.5, -0.3, 0.2, 0.6}, {0.01, 1.5, 2.5});
}

TEST(PointwiseGradient, OfAChainWithSharedParts) {
  const auto chain = build("chain", 3, 1, [](PointwiseBuilder& b) {
    const auto x = b.input(0), y = b.input(1), z = b.input(2);
    const auto shared = b.apply(Opcode::exp, x * y - b.scalar(0));
    b.output(b.apply(Opcode::select, b.apply(Opcode::gt, x, y), shared / z,
                     b.apply(Opcode::pow, z, x) * shared) +
             b.apply(Opcode::maximum, x, z) * y);
  });
  check_both_gradients(*chain, {0.4, 0.9, 1.3}, {0.25});
  check_both_gradients(*chain, {1.7, 0.9, 1.3}, {0.25});
}

TEST(PointwiseGradient, OfDropoutDrawsTheMaskAgain) {
  const auto dropout = build("dropout", 1, 1, [](PointwiseBuilder& b) {
    const auto keep = b.apply(Opcode::ge, b.apply(Opcode::uniform), b.scalar(0));
    b.output(b.apply(Opcode::select, keep, b.input(0) * 2.0, 0.0));
  });
  check_gradient(*dropout, {0.7}, {0.5});
  const PointwiseGradient& gradient = dropout->gradient(1);
  EXPECT_TRUE(gradient.program->uses_random());
  ASSERT_EQ(gradient.sources.size(), 1);
  EXPECT_EQ(gradient.sources[0].kind, Kind::gradient);
}

TEST(PointwiseGradient, OfAddIsACopyForBothOperands) {
  const PointwiseGradient& gradient = program_of(Opcode::add)->gradient(3);
  EXPECT_EQ(gradient.program, nullptr);
  EXPECT_THAT(gradient.result, ElementsAre(PointwiseGradient::kCopyOf, PointwiseGradient::kCopyOf));
}

TEST(PointwiseGradient, OfAComparisonIsZero) {
  const PointwiseGradient& gradient = program_of(Opcode::lt)->gradient(3);
  EXPECT_EQ(gradient.program, nullptr);
  EXPECT_THAT(gradient.result, ElementsAre(PointwiseGradient::kZero, PointwiseGradient::kZero));
}

TEST(PointwiseGradient, OfAnInputThatIsNotWantedIsZero) {
  const PointwiseGradient& gradient = program_of(Opcode::mul)->gradient(2);
  EXPECT_THAT(gradient.result, ElementsAre(PointwiseGradient::kZero, 0));
}

TEST(PointwiseGradient, SaysWhichOutputIsCopied) {
  const auto program = build("two", 2, 0, [](PointwiseBuilder& b) {
    b.output(b.apply(Opcode::exp, b.input(0)));
    b.output(b.input(1) + 3.0);
  });
  EXPECT_THAT(program->gradient(3).result, ElementsAre(0, PointwiseGradient::kCopyOf + 1));
}

TEST(PointwiseGradient, SharesOneResultBetweenInputs) {
  const auto program = build(
      "scaled_sum", 2, 0, [](PointwiseBuilder& b) { b.output((b.input(0) + b.input(1)) * 3.0); });
  const PointwiseGradient& gradient = program->gradient(3);
  EXPECT_THAT(gradient.result, ElementsAre(0, 0));
  EXPECT_EQ(gradient.program->outputs().size(), 1);
}

TEST(PointwiseGradient, OfTanhReadsTheResultOnly) {
  const PointwiseGradient& gradient = program_of(Opcode::tanh)->gradient(1);
  ASSERT_EQ(gradient.sources.size(), 2);
  EXPECT_EQ(gradient.sources[0].kind, Kind::output);
  EXPECT_EQ(gradient.sources[1].kind, Kind::gradient);
}

TEST(PointwiseGradient, OfMulReadsTheOtherOperandOnly) {
  const PointwiseGradient& gradient = program_of(Opcode::mul)->gradient(1);
  ASSERT_EQ(gradient.sources.size(), 2);
  EXPECT_EQ(gradient.sources[0].kind, Kind::input);
  EXPECT_EQ(gradient.sources[0].index, 1);
  EXPECT_EQ(gradient.sources[1].kind, Kind::gradient);
}

TEST(PointwiseGradient, DoesNotReadAnOutputThatIsAnInput) {
  const auto program = build("passes", 1, 0, [](PointwiseBuilder& b) {
    b.output(b.input(0));
    b.output(b.input(0) * b.input(0));
  });
  for (const auto& source : program->gradient(1).sources) EXPECT_NE(source.kind, Kind::output);
  check_both_gradients(*program, {1.5});
}

TEST(PointwiseGradient, IsBuiltOnceForEachChoice) {
  const ProgramPtr& div = program_of(Opcode::div);
  const PointwiseGradient& both = div->gradient(3);
  EXPECT_NE(&div->gradient(1), &both);
  EXPECT_EQ(&div->gradient(3), &both);
}

TEST(PointwiseGradient, IsTheSameForThreadsThatAskAtOnce) {
  const auto program = build("racy", 2, 0, [](PointwiseBuilder& b) {
    b.output(b.apply(Opcode::tanh, b.input(0) * b.input(1)));
  });
  std::vector<const PointwiseGradient*> seen(8);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < seen.size(); ++i) {
    threads.emplace_back([&, i] { seen[i] = &program->gradient(1 + i % 3); });
  }
  for (auto& thread : threads) thread.join();
  for (size_t i = 3; i < seen.size(); ++i) EXPECT_EQ(seen[i], seen[i - 3]);
}

int parts(const PointwiseGradient& gradient) {
  return gradient.rest ? 1 + parts(*gradient.rest) : 1;
}

/// 0.9, 1.0, 1.1, 0.9, ...
std::vector<double> points(int count) {
  std::vector<double> point;
  for (int i = 0; i < count; ++i) point.push_back(0.9 + 0.1 * (i % 3));
  return point;
}

TEST(PointwiseGradient, OfManyInputsIsASumOfParts) {
  const auto product = build("product", 100, 0, [](PointwiseBuilder& b) {
    PointwiseValue y = b.input(0);
    for (int i = 1; i < 100; ++i) y = y * b.input(i);
    b.output(y);
  });
  EXPECT_GT(parts(product->gradient(all_inputs(*product))), 1);
  EXPECT_EQ(parts(product->gradient(InputSet().set(99))), 1);
  check_gradient(*product, points(100));
}

TEST(PointwiseGradient, OfManyOutputsIsASumOfParts) {
  const auto waves = build("waves", 2, 0, [](PointwiseBuilder& b) {
    for (int j = 0; j < 60; ++j)
      b.output(b.apply(Opcode::sin, b.input(0) * (j + 2.0)) + b.input(1));
  });
  EXPECT_GT(parts(waves->gradient(all_inputs(*waves))), 1);
  check_gradient(*waves, {0.3, 0.7});
}

TEST(PointwiseGradient, OfManyInputsAndOutputsIsASumOfParts) {
  const auto squares = build("squares", 80, 0, [](PointwiseBuilder& b) {
    for (int i = 0; i < 80; ++i) b.output(b.input(i) * b.input(i));
  });
  EXPECT_GT(parts(squares->gradient(all_inputs(*squares))), 1);
  check_gradient(*squares, points(80));
}

TEST(PointwiseGradient, DoesNotCountInputsThatAreNotRead) {
  const auto last = build(
      "last", 249, 0, [](PointwiseBuilder& b) { b.output(b.apply(Opcode::exp, b.input(248))); });
  check_gradient(*last, points(249));
}

TEST(PointwiseGradient, ThatIsTooLongByOneInputIsAnError) {
  const auto chain = build("chain", 1, 0, [](PointwiseBuilder& b) {
    PointwiseValue y = b.input(0);
    for (int i = 0; i < 200; ++i) y = b.apply(Opcode::sin, y);
    b.output(y);
  });
  EXPECT_EQ(test::message_of<ValueError>([&] { chain->gradient(1); }),
            "pointwise chain_grad: the program is too long: 602 values (3 inputs, 0 scalars, 0 "
            "constants, 599 instructions), at most 250; split it in two");
}

double gradient_at(Opcode op, const std::vector<double>& point, size_t input) {
  return evaluate_gradient(*program_of(op), point, {}, {1.0}, 1U << input)[input];
}

TEST(PointwiseGradient, OfReluIsZeroBelowZero) { EXPECT_EQ(gradient_at(Opcode::relu, {-3}, 0), 0); }

TEST(PointwiseGradient, AtKinksIsPyTorchs) {
  EXPECT_EQ(gradient_at(Opcode::relu, {0}, 0), 0);
  EXPECT_EQ(gradient_at(Opcode::abs, {0}, 0), 0);
  EXPECT_EQ(gradient_at(Opcode::maximum, {2, 2}, 0), 0.5);
  EXPECT_EQ(gradient_at(Opcode::maximum, {2, 2}, 1), 0.5);
  EXPECT_EQ(gradient_at(Opcode::minimum, {2, 2}, 0), 0.5);
}

TEST(PointwiseGradient, OfPowIsFiniteAtZero) {
  EXPECT_EQ(gradient_at(Opcode::pow, {0, 0}, 0), 0);
  EXPECT_EQ(gradient_at(Opcode::pow, {0, 0}, 1), 0);
  EXPECT_EQ(gradient_at(Opcode::pow, {0, 2}, 1), 0);
  EXPECT_EQ(gradient_at(Opcode::pow, {0, 2}, 0), 0);
  EXPECT_EQ(gradient_at(Opcode::pow, {-2, 3}, 0), 12);
}

TEST(PointwiseGradient, OfPowWithAConstantNeedsNoBranch) {
  const auto cube_root = build(
      "root", 1, 0, [](PointwiseBuilder& b) { b.output(b.apply(Opcode::pow, b.input(0), 2.5)); });
  check_both_gradients(*cube_root, {1.7});
  for (const Instruction& step : cube_root->gradient(1).program->code()) {
    EXPECT_NE(step.op, Opcode::select);
  }
}

}  // namespace
}  // namespace ct
