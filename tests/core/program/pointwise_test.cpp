// Building pointwise programs: folding, shared expressions, fma, slots, rules, keys, errors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <customtensor/error.hpp>
#include <customtensor/pointwise.hpp>
#include <string>
#include <vector>

#include "core/program/pointwise_evaluator.hpp"

namespace ct {
namespace {

using test::evaluate;
using testing::ElementsAre;
using testing::HasSubstr;

template <class F>
ProgramPtr build(int inputs, int scalars, F body) {
  PointwiseBuilder b("test", inputs, scalars);
  body(b);
  return b.build();
}

std::vector<Opcode> opcodes(const PointwiseProgram& program) {
  std::vector<Opcode> result;
  for (const Instruction& step : program.code()) result.push_back(step.op);
  return result;
}

template <class F>
std::vector<Opcode> opcodes_of(int inputs, F value) {
  return opcodes(*build(inputs, 0, [&](PointwiseBuilder& b) { b.output(value(b)); }));
}

TEST(PointwiseTable, NamesAritiesAndRulesFollowTheEnum) {
  EXPECT_EQ(info(Opcode::uniform).name, "uniform");
  EXPECT_EQ(info(Opcode::uniform).arity, 0);
  EXPECT_EQ(info(Opcode::copy).name, "copy");
  EXPECT_EQ(info(Opcode::is_finite).name, "is_finite");
  EXPECT_EQ(info(Opcode::logical_not).arity, 1);
  EXPECT_EQ(info(Opcode::add).name, "add");
  EXPECT_EQ(info(Opcode::add).arity, 2);
  EXPECT_EQ(info(Opcode::div).rule, TypeRule::floating);
  EXPECT_EQ(info(Opcode::logical_or).rule, TypeRule::boolean);
  EXPECT_EQ(info(Opcode::select).name, "select");
  EXPECT_EQ(info(Opcode::select).arity, 3);
}

TEST(PointwiseProgramOf, IsTheInstructionItselfForEveryOpcode) {
  for (int i = 0; i < kOpcodeCount; ++i) {
    const auto op = static_cast<Opcode>(i);
    const ProgramPtr& program = program_of(op);
    EXPECT_EQ(program->name(), info(op).name);
    EXPECT_EQ(program->inputs(), info(op).arity);
    ASSERT_NE(program->single(), nullptr) << program->to_string();
    EXPECT_EQ(program->single()->op, op);
    EXPECT_EQ(program->rule(), info(op).rule) << program->name();
    EXPECT_EQ(program->slot_count(), 1);
    EXPECT_EQ(&program_of(op), &program);
  }
}

TEST(PointwiseBuilder, NumbersInputsScalarsConstantsThenResults) {
  const auto program = build(2, 1, [](PointwiseBuilder& b) {
    b.output(b.apply(Opcode::exp, b.input(1)) / (b.scalar(0) + 3.0));
  });
  EXPECT_EQ(program->first_scalar(), 2);
  EXPECT_EQ(program->first_constant(), 3);
  EXPECT_EQ(program->first_result(), 4);
  EXPECT_EQ(program->values(), 7);
  EXPECT_THAT(evaluate(*program, {9, 0}, {1}), ElementsAre(0.25));
}

TEST(PointwiseBuilder, FoldsConstants) {
  const auto program = build(1, 0, [](PointwiseBuilder& b) {
    const PointwiseValue two = b.constant(2), half = 0.5;
    b.output(b.input(0) * (two * half + b.apply(Opcode::sqrt, 9.0)));
  });
  EXPECT_THAT(opcodes(*program), ElementsAre(Opcode::mul));
  EXPECT_THAT(program->constants(), ElementsAre(4.0));
}

TEST(PointwiseBuilder, FoldsConstantsOutsideOfAnyProgram) {
  double value = 0;
  EXPECT_TRUE((PointwiseValue(2.0) * 3.0 - 1.0).is_constant(&value));
  EXPECT_EQ(value, 5);
}

TEST(PointwiseBuilder, DropsIdentities) {
  using B = PointwiseBuilder;
  const auto kept = [](auto value) { return opcodes_of(2, value); };
  EXPECT_THAT(kept([](B& b) { return b.input(0) * 1.0; }), ElementsAre(Opcode::copy));
  EXPECT_THAT(kept([](B& b) { return 0.0 + b.input(0); }), ElementsAre(Opcode::copy));
  EXPECT_THAT(kept([](B& b) { return b.input(0) - 0.0; }), ElementsAre(Opcode::copy));
  EXPECT_THAT(kept([](B& b) { return -(-b.input(0)); }), ElementsAre(Opcode::copy));
  EXPECT_THAT(kept([](B& b) { return b.input(0) / 1.0; }), ElementsAre(Opcode::copy));
  EXPECT_THAT(kept([](B& b) { return b.input(0) * -1.0; }), ElementsAre(Opcode::neg));
  EXPECT_THAT(kept([](B& b) { return b.input(0) + -b.input(1); }), ElementsAre(Opcode::sub));
  EXPECT_THAT(kept([](B& b) { return b.input(0) - -b.input(1); }), ElementsAre(Opcode::add));
  EXPECT_THAT(kept([](B& b) { return b.input(0) * b.input(0); }), ElementsAre(Opcode::square));
  EXPECT_THAT(kept([](B& b) { return b.input(0) / 4.0; }), ElementsAre(Opcode::mul));
  EXPECT_THAT(kept([](B& b) { return 1.0 / b.input(0); }), ElementsAre(Opcode::reciprocal));
}

TEST(PointwiseBuilder, KeepsWhatWouldChangeAValue) {
  using B = PointwiseBuilder;
  const auto kept = [](auto value) { return opcodes_of(1, value); };
  EXPECT_THAT(kept([](B& b) { return b.input(0) * 0.0; }), ElementsAre(Opcode::mul));  // NaN
  EXPECT_THAT(kept([](B& b) { return b.input(0) - b.input(0); }), ElementsAre(Opcode::sub));
  EXPECT_THAT(kept([](B& b) { return b.input(0) / 3.0; }), ElementsAre(Opcode::div));
  EXPECT_THAT(kept([](B& b) { return (b.input(0) * 3.0) * 7.0; }),
              ElementsAre(Opcode::mul, Opcode::mul));
  EXPECT_THAT(kept([](B& b) { return b.apply(Opcode::maximum, b.input(0), 0.0); }),
              ElementsAre(Opcode::maximum));
  EXPECT_THAT(
      kept([](B& b) { return b.apply(Opcode::logical_not, b.apply(Opcode::lt, b.input(0), 1.0)); }),
      ElementsAre(Opcode::lt, Opcode::logical_not));
}

TEST(PointwiseBuilder, WritesSmallConstantPowersAsProducts) {
  const auto power = [](double exponent) {
    return opcodes_of(
        1, [&](PointwiseBuilder& b) { return b.apply(Opcode::pow, b.input(0), exponent); });
  };
  EXPECT_THAT(power(1), ElementsAre(Opcode::copy));
  EXPECT_THAT(power(2), ElementsAre(Opcode::square));
  EXPECT_THAT(power(3), ElementsAre(Opcode::square, Opcode::mul));
  EXPECT_THAT(power(0.5), ElementsAre(Opcode::sqrt));
  EXPECT_THAT(power(-1), ElementsAre(Opcode::reciprocal));
  EXPECT_THAT(power(2.5), ElementsAre(Opcode::pow));
}

TEST(PointwiseBuilder, ChoosesAKnownBranch) {
  EXPECT_THAT(opcodes_of(2,
                         [](PointwiseBuilder& b) {
                           return b.apply(Opcode::select, 1.0, -b.input(0), b.input(1));
                         }),
              ElementsAre(Opcode::neg));
}

TEST(PointwiseBuilder, ComputesARepeatedExpressionOnce) {
  const auto program = build(2, 0, [](PointwiseBuilder& b) {
    const auto left = b.apply(Opcode::exp, b.input(0) * b.input(1));
    const auto right = b.apply(Opcode::exp, b.input(1) * b.input(0));
    b.output(left / (right + 1.0));
  });
  EXPECT_THAT(opcodes(*program), ElementsAre(Opcode::mul, Opcode::exp, Opcode::add, Opcode::div));
}

TEST(PointwiseBuilder, TellsUniformFromNormal) {
  const auto program = build(0, 0, [](PointwiseBuilder& b) {
    b.output(b.apply(Opcode::uniform) - b.apply(Opcode::uniform));
    b.output(b.apply(Opcode::uniform) - b.apply(Opcode::normal));
  });
  EXPECT_THAT(opcodes(*program),
              ElementsAre(Opcode::uniform, Opcode::sub, Opcode::normal, Opcode::sub));
  EXPECT_TRUE(program->uses_random());
}

TEST(PointwiseBuilder, RemovesDeadInstructions) {
  const auto program = build(1, 0, [](PointwiseBuilder& b) {
    (void)b.apply(Opcode::uniform);
    (void)b.apply(Opcode::exp, b.input(0));
    b.output(-b.input(0));
  });
  EXPECT_THAT(opcodes(*program), ElementsAre(Opcode::neg));
  EXPECT_FALSE(program->uses_random());
  EXPECT_EQ(program->rule(), TypeRule::same);
}

TEST(PointwiseBuilder, JoinsAProductAndASum) {
  using B = PointwiseBuilder;
  const auto joined = [](auto value) {
    const auto program = build(3, 0, [&](B& b) { b.output(value(b)); });
    EXPECT_THAT(opcodes(*program), ElementsAre(Opcode::fma)) << program->to_string();
    return evaluate(*program, {2, 3, 10})[0];
  };
  EXPECT_EQ(joined([](B& b) { return b.input(0) * b.input(1) + b.input(2); }), 16);
  EXPECT_EQ(joined([](B& b) { return b.input(2) + b.input(0) * b.input(1); }), 16);
  EXPECT_EQ(joined([](B& b) { return b.input(0) * b.input(0) + b.input(2); }), 14);
  EXPECT_EQ(joined([](B& b) { return b.input(0) * b.input(1) - 1.0; }), 5);
  EXPECT_EQ(joined([](B& b) { return b.input(2) - b.input(0) * 0.5; }), 9);
}

TEST(PointwiseBuilder, DoesNotJoinAProductThatIsUsedElsewhere) {
  const auto program = build(3, 0, [](PointwiseBuilder& b) {
    const auto product = b.input(0) * b.input(1);
    b.output(product + b.input(2));
    b.output(product);
  });
  EXPECT_THAT(opcodes(*program), ElementsAre(Opcode::mul, Opcode::add));
}

TEST(PointwiseBuilder, CopiesOutputsThatAreInputsOrNumbers) {
  const auto program = build(1, 1, [](PointwiseBuilder& b) {
    b.output(b.input(0));
    b.output(b.scalar(0));
    b.output(7.0);
  });
  EXPECT_THAT(opcodes(*program), ElementsAre(Opcode::copy, Opcode::copy, Opcode::copy));
  EXPECT_THAT(evaluate(*program, {3}, {4}), ElementsAre(3, 4, 7));
  EXPECT_EQ(program->single(), nullptr);
}

TEST(PointwiseBuilder, DerivesTheTypeRule) {
  using B = PointwiseBuilder;
  const auto rule = [](auto value) {
    return build(2, 0, [&](B& b) { b.output(value(b)); })->rule();
  };
  EXPECT_EQ(rule([](B& b) { return b.input(0) + b.input(1); }), TypeRule::same);
  EXPECT_EQ(rule([](B& b) { return b.input(0) * 2.0; }), TypeRule::same);
  EXPECT_EQ(rule([](B& b) { return b.input(0) * 0.5; }), TypeRule::floating);
  EXPECT_EQ(rule([](B& b) { return b.input(0) / 1.0; }), TypeRule::floating);
  EXPECT_EQ(rule([](B& b) { return b.apply(Opcode::exp, b.input(0)) * 2.0; }), TypeRule::floating);
  EXPECT_EQ(rule([](B& b) { return b.apply(Opcode::lt, b.input(0) + 1.0, b.input(1)); }),
            TypeRule::boolean);
  EXPECT_EQ(rule([](B& b) {
              return b.apply(Opcode::select, b.apply(Opcode::lt, b.input(0), 0.0), 1.0, b.input(1));
            }),
            TypeRule::same);
}

TEST(PointwiseBuilder, TakesAGivenTypeRule) {
  const auto program = build(1, 0, [](PointwiseBuilder& b) {
    b.output(b.input(0));
    b.rule(TypeRule::boolean);
  });
  EXPECT_EQ(program->rule(), TypeRule::boolean);
}

TEST(PointwiseBuilder, InlinesAProgramWithItsOutputs) {
  const auto inner = build(2, 1, [](PointwiseBuilder& b) {
    b.output(b.input(0) - b.input(1));
    b.output(b.input(0) * b.scalar(0));
  });
  const auto outer = build(2, 1, [&](PointwiseBuilder& b) {
    const PointwiseValue inputs[] = {b.input(1), b.input(0)};
    const PointwiseValue scalars[] = {b.scalar(0) + 1.0};
    const auto results = b.inlined(*inner, inputs, scalars);
    b.output(results[0] * results[1]);
  });
  EXPECT_THAT(evaluate(*outer, {2, 5}, {3}), ElementsAre((5 - 2) * (5 * 4)));
}

TEST(PointwiseBuilder, RejectsInliningWithTheWrongNumberOfInputs) {
  PointwiseBuilder b("outer", 1);
  EXPECT_THROW(b.inlined(*program_of(Opcode::add), {}, {}), ValueError);
}

TEST(PointwiseBuilder, RejectsAnInputThatIsNotThere) {
  PointwiseBuilder b("silu", 1, 1);
  EXPECT_THROW((void)b.input(1), ValueError);
  EXPECT_THROW((void)b.input(-1), ValueError);
  EXPECT_THROW((void)b.scalar(1), ValueError);
}

TEST(PointwiseBuilder, RejectsAValueOfAnotherProgram) {
  PointwiseBuilder a("a", 1), b("b", 1);
  EXPECT_THROW((void)b.apply(Opcode::exp, a.input(0)), ValueError);
}

TEST(PointwiseBuilder, GivesEachOutputAnInstructionOfItsOwn) {
  const auto program = build(1, 0, [](PointwiseBuilder& b) {
    const auto x = b.apply(Opcode::exp, b.input(0));
    b.output(x);
    b.output(x);
    b.output(b.input(0));
    b.output(b.input(0));
  });
  EXPECT_THAT(opcodes(*program),
              ElementsAre(Opcode::exp, Opcode::copy, Opcode::copy, Opcode::copy));
  EXPECT_THAT(program->outputs(), ElementsAre(1, 2, 3, 4));
}

TEST(PointwiseBuilder, ARepeatedComparisonIsStillOne) {
  const auto program = build(2, 0, [](PointwiseBuilder& b) {
    for (int i = 0; i < 2; ++i) b.output(b.apply(Opcode::lt, b.input(0), b.input(1)));
  });
  EXPECT_EQ(program->rule(), TypeRule::boolean);
}

TEST(PointwiseBuilder, CountsValuesAsBuildDoes) {
  PointwiseBuilder b("counted", 3, 1);
  const auto product = b.input(0) * b.input(1);
  b.output(product + 2.0);
  b.output(b.input(2));
  b.output(b.input(2));
  EXPECT_EQ(b.values(), 3 + 1 + 1 + 3);
  EXPECT_EQ(b.build()->values(), b.values());
}

TEST(PointwiseBuilder, CountsOutputsAmongTheValues) {
  PointwiseBuilder b("wide", 100);
  for (int i = 0; i < 150; ++i) b.output(b.input(0));
  EXPECT_EQ(b.build()->outputs().size(), 150U);
  b.output(b.input(0));
  EXPECT_THROW(b.build(), ValueError);
}

TEST(PointwiseBuilder, RejectsAProgramWithoutOutput) {
  PointwiseBuilder b("nothing", 1);
  EXPECT_THROW(b.build(), ValueError);
}

TEST(PointwiseBuilder, RejectsAProgramThatIsTooLong) {
  PointwiseBuilder b("endless", 1);
  PointwiseValue x = b.input(0);
  for (int i = 0; i < 1000; ++i) x = b.apply(Opcode::exp, x);
  b.output(x);
  try {
    b.build();
    FAIL() << "no error";
  } catch (const ValueError& error) {
    EXPECT_THAT(error.what(), HasSubstr("pointwise endless: the program is too long: 1001 values"));
  }
}

TEST(PointwiseSlots, AChainNeedsOne) {
  const auto program = build(1, 0, [](PointwiseBuilder& b) {
    PointwiseValue x = b.input(0);
    for (int i = 0; i < 8; ++i) x = b.apply(Opcode::sin, x);
    b.output(x);
  });
  EXPECT_EQ(program->slot_count(), 1);
}

TEST(PointwiseSlots, AnOutputIsNotOverwritten) {
  const auto program = build(1, 0, [](PointwiseBuilder& b) {
    const auto x = b.apply(Opcode::exp, b.input(0));
    b.output(x);
    b.output(b.apply(Opcode::sin, b.apply(Opcode::neg, x)));
  });
  EXPECT_EQ(program->slot_count(), 2);
  EXPECT_EQ(evaluate(*program, {0})[0], 1);
}

TEST(PointwiseSlots, TheLongerBranchIsComputedFirst) {
  // Left to right, the four left results would wait for the right one.
  const auto program = build(2, 0, [](PointwiseBuilder& b) {
    const auto f = [&](int i) { return b.apply(Opcode::exp, b.input(i) + 1.0 * i); };
    b.output((f(0) - f(1)) *
             (b.apply(Opcode::sin, b.input(0)) - (b.apply(Opcode::cos, b.input(1)) - f(0) * f(1))));
  });
  EXPECT_LE(program->slot_count(), 4) << program->to_string();
  const double a = std::exp(0.5), c = std::exp(1.25);
  EXPECT_DOUBLE_EQ(evaluate(*program, {0.5, 0.25})[0],
                   (a - c) * (std::sin(0.5) - (std::cos(0.25) - a * c)));
}

TEST(PointwiseKey, IsEqualForEqualStructure) {
  const auto make = [](bool swapped) {
    return build(2, 1, [&](PointwiseBuilder& b) {
      const auto x = b.input(0), y = b.input(1);
      b.output((swapped ? y * x : x * y) + b.scalar(0) * 3.0);
    });
  };
  EXPECT_EQ(make(false)->key(), make(true)->key());
}

TEST(PointwiseKey, DoesNotDependOnTheOrderOfBuilding) {
  const auto make = [](bool sine_first) {
    return build(2, 0, [&](PointwiseBuilder& b) {
      std::vector<PointwiseValue> parts;
      for (bool sine : {sine_first, !sine_first}) {
        parts.push_back(sine ? b.apply(Opcode::sin, b.input(0)) : b.apply(Opcode::exp, b.input(1)));
      }
      b.output(parts[0] * parts[1] + 2.0);
    });
  };
  EXPECT_EQ(make(false)->key(), make(true)->key());
}

TEST(PointwiseKey, DoesNotDependOnTheName) {
  PointwiseBuilder b("another name", 1);
  b.output(b.apply(Opcode::exp, b.input(0)));
  EXPECT_EQ(b.build()->key(), program_of(Opcode::exp)->key());
}

TEST(PointwiseKey, IsTheSameOnEveryMachine) {
  // Names entries of caches on disk: a change of this value orphans them all.
  EXPECT_EQ(program_of(Opcode::add)->key(), 10010659139143791777U);
}

TEST(PointwiseKey, DiffersForDifferentStructure) {
  using B = PointwiseBuilder;
  std::vector<uint64_t> keys;
  for (int i = 0; i < kOpcodeCount; ++i) {
    keys.push_back(program_of(static_cast<Opcode>(i))->key());
  }
  keys.push_back(build(1, 0, [](B& b) { b.output(b.input(0) * 2.0); })->key());
  keys.push_back(build(1, 0, [](B& b) { b.output(b.input(0) * 3.0); })->key());
  keys.push_back(build(1, 1, [](B& b) { b.output(b.input(0) * b.scalar(0)); })->key());
  keys.push_back(build(2, 0, [](B& b) { b.output(b.input(1) - b.input(0)); })->key());
  keys.push_back(build(3, 0, [](B& b) { b.output(b.input(0) - b.input(1)); })->key());
  keys.push_back(build(1, 0, [](B& b) {
                   b.output(-b.input(0));
                   b.output(-b.input(0));
                 })->key());
  std::ranges::sort(keys);
  EXPECT_EQ(std::ranges::adjacent_find(keys), keys.end());
}

TEST(PointwiseSingle, OnlyWhenTheInputsStandInOrder) {
  using B = PointwiseBuilder;
  EXPECT_NE(build(2, 0, [](B& b) { b.output(b.input(0) - b.input(1)); })->single(), nullptr);
  EXPECT_EQ(build(2, 0, [](B& b) { b.output(b.input(1) - b.input(0)); })->single(), nullptr);
  EXPECT_EQ(build(1, 0, [](B& b) { b.output(b.input(0) - 2.0); })->single(), nullptr);
  EXPECT_EQ(build(3, 0, [](B& b) { b.output(b.input(0) - b.input(1)); })->single(), nullptr);
}

TEST(PointwiseText, ListsTheInstructions) {
  PointwiseBuilder b("silu", 1);
  b.output(b.input(0) * b.apply(Opcode::sigmoid, b.input(0)));
  EXPECT_EQ(b.build()->to_string(),
            "silu: 1 inputs, 0 scalars, 1 slots\n"
            "  v0 = sigmoid(x0)\n"
            "  v1 = mul(x0, v0)\n"
            "  -> v1\n");
}

}  // namespace
}  // namespace ct
