// A user's own programs at the edges: none, many and very many inputs and outputs, forward, in
// place and backward, on every device; and programs that make tensors.
#include <gtest/gtest.h>

#include <cctype>

#include "conformance/devices.hpp"
#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/pointwise.hpp"
#include "customtensor/random.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;
using test::near;

constexpr double kRounding = 1e-13;

class UserProgram : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!test::device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
    device_ = Device(GetParam());
  }
  /// Values between 0.5 and 1.5, no two alike.
  Tensors inputs(int count, bool requires_grad) const {
    Tensors all;
    for (int i = 0; i < count; ++i) {
      Tensor t = tensor({0.5 + 0.01 * i, 1.5 - 0.01 * i}, {.dtype = float64}).to(device_);
      all.push_back(requires_grad ? t.requires_grad_() : t);
    }
    return all;
  }
  Device device_;
};

INSTANTIATE_TEST_SUITE_P(Devices, UserProgram, ::testing::ValuesIn(test::conformance_devices()),
                         [](const ::testing::TestParamInfo<std::string>& p) {
                           std::string name = p.param;
                           for (char& c : name) {
                             if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
                           }
                           return name;
                         });

Tensors run(const ProgramPtr& program, const Tensors& x) {
  return pointwise(program, std::span<const Tensor>(x));
}

/// x0^2 + x0 x1 + x1 x2 + ...
ProgramPtr neighbours(int inputs) {
  PointwiseBuilder b("neighbours", inputs);
  PointwiseValue y = b.input(0) * b.input(0);
  for (int i = 1; i < inputs; ++i) y = b.input(i - 1) * b.input(i) + y;
  b.output(y);
  return b.build();
}

TEST_P(UserProgram, TakesAnyNumberOfInputs) {
  for (const int count : {1, 16, 17, 31, 32, 33, 64, 120}) {
    SCOPED_TRACE(count);
    const Tensors x = inputs(count, true);
    Tensor expected = x[0] * x[0];
    for (size_t i = 1; i < x.size(); ++i) expected = x[i - 1] * x[i] + expected;
    const ProgramPtr program = neighbours(count);
    const Tensor y = run(program, x)[0];
    EXPECT_TRUE(near(y, expected, kRounding));
    y.sum().backward();
    for (size_t i = 0; i < x.size(); ++i) {
      // d/dx_i = x_{i-1} + x_{i+1}, and another x0 twice for the first.
      Tensor gradient = i == 0 ? 2.0 * x[0] : x[i - 1] * 1.0;
      if (i + 1 < x.size()) gradient = gradient + x[i + 1];
      EXPECT_TRUE(near(x[i].grad(), gradient, kRounding)) << i;
    }
  }
}

TEST_P(UserProgram, ManyInputsPassTheGradientChecks) {
  for (const int count : {32, 33, 64}) {
    const ProgramPtr program = neighbours(count);
    const auto fn = [&](const Tensors& x) { return run(program, x); };
    EXPECT_TRUE(gradcheck(std::function<Tensors(const Tensors&)>(fn), inputs(count, true),
                          {.max_elements = 1}))
        << count;
  }
  const ProgramPtr program = neighbours(33);
  const auto fn = [&](const Tensors& x) { return run(program, x); };
  EXPECT_TRUE(gradgradcheck(std::function<Tensors(const Tensors&)>(fn), inputs(33, true),
                            {.max_elements = 1}));
}

/// Of a and b: a b (j + 1) + a, for each output j.
ProgramPtr multiples(int outputs) {
  PointwiseBuilder b("multiples", 2);
  for (int j = 0; j < outputs; ++j) b.output(b.input(0) * b.input(1) * (j + 1.0) + b.input(0));
  return b.build();
}

TEST_P(UserProgram, GivesAnyNumberOfOutputs) {
  for (const int count : {1, 16, 17, 40}) {
    SCOPED_TRACE(count);
    const Tensors x = inputs(2, true);
    const ProgramPtr program = multiples(count);
    const Tensors y = run(program, x);
    ASSERT_EQ(y.size(), static_cast<size_t>(count));
    Tensor total;
    for (size_t j = 0; j < y.size(); ++j) {
      const double factor = static_cast<double>(j) + 1;
      EXPECT_TRUE(near(y[j], x[0] * x[1] * factor + x[0], kRounding)) << j;
      total = total.defined() ? total + y[j] : y[j];
    }
    total.sum().backward();
    const double factors = count * (count + 1) / 2.0;
    EXPECT_TRUE(near(x[0].grad(), x[1] * factors + count, kRounding));
    EXPECT_TRUE(near(x[1].grad(), x[0] * factors, kRounding));
    const auto fn = [&](const Tensors& at) { return run(program, at); };
    EXPECT_TRUE(gradcheck(std::function<Tensors(const Tensors&)>(fn), inputs(2, true)));
  }
}

TEST_P(UserProgram, GradientsOfOneOutputOfMany) {
  const Tensors x = inputs(2, true);
  run(multiples(40), x)[39].sum().backward();
  EXPECT_TRUE(near(x[0].grad(), x[1] * 40.0 + 1.0, kRounding));
  EXPECT_TRUE(near(x[1].grad(), x[0] * 40.0, kRounding));
}

// A derivative that takes several programs: 80 inputs, as many outputs and their gradients.
TEST_P(UserProgram, ManyInputsWithAnOutputEach) {
  PointwiseBuilder b("squares", 80);
  for (int i = 0; i < 80; ++i) b.output(b.input(i) * b.input(i));
  const ProgramPtr program = b.build();
  const Tensors x = inputs(80, true);
  const Tensors y = run(program, x);
  Tensor total = y[0];
  for (size_t i = 1; i < y.size(); ++i) total = total + y[i];
  total.sum().backward();
  for (const Tensor& t : x) EXPECT_TRUE(near(t.grad(), 2.0 * t, kRounding));
}

TEST_P(UserProgram, ChangesManyTensorsInPlace) {
  constexpr int kCount = 40;
  PointwiseBuilder b("sgd of many", 2 * kCount, 1);
  for (int i = 0; i < kCount; ++i) b.output(b.input(i) - b.scalar(0) * b.input(kCount + i));
  Tensors all = inputs(2 * kCount, false);
  Tensors expected;
  for (size_t i = 0; i < kCount; ++i) expected.push_back(all[i] - 0.25 * all[kCount + i]);
  const Scalar rate = 0.25;
  pointwise_(b.build(), std::span(all).first(kCount), all, {&rate, 1});
  for (size_t i = 0; i < kCount; ++i) EXPECT_TRUE(near(all[i], expected[i], kRounding)) << i;
}

TEST_P(UserProgram, WritesAResultToEachOutputThatRepeatsIt) {
  PointwiseBuilder b("twice", 1);
  const auto y = b.apply(Opcode::exp, b.input(0));
  for (int i = 0; i < 3; ++i) b.output(y);
  const Tensor x = tensor({0.0, 1.0}, {.dtype = float64}).to(device_).requires_grad_();
  const Tensors results = run(b.build(), {x});
  for (const Tensor& t : results) EXPECT_TRUE(near(t, x.exp(), 1e-12));
  (results[0] + results[1] + results[2]).sum().backward();
  EXPECT_TRUE(near(x.grad(), 3.0 * x.exp(), 1e-12));
}

TEST_P(UserProgram, OfNoInputsMakesTensors) {
  PointwiseBuilder b("numbers", 0, 1);
  b.output(b.scalar(0) * 2.0);
  b.output(b.scalar(0) + 0.5);
  const Scalar three = 3.0;
  const Tensors made =
      pointwise(b.build(), {2, 3}, {.dtype = float64, .device = device_}, {&three, 1});
  ASSERT_EQ(made.size(), 2U);
  EXPECT_EQ(made[0].shape(), (Shape{2, 3}));
  EXPECT_EQ(made[0].dtype(), float64);
  EXPECT_EQ(made[0].device(), device_);
  EXPECT_TRUE(near(made[0], std::vector<double>(6, 6.0), 0));
  EXPECT_TRUE(near(made[1], std::vector<double>(6, 3.5), 0));
}

TEST_P(UserProgram, OfNoInputsDrawsWhatRandDoes) {
  Generator here(7), there(7);
  const Tensor drawn = pointwise(program_of(Opcode::uniform), {5}, device_, {}, &here)[0];
  EXPECT_TRUE(near(drawn, rand({5}, device_, &there), 0));
  EXPECT_EQ(here.state().offset, there.state().offset);
}

TEST_P(UserProgram, OfNoInputsFillsTensors) {
  const Tensors outputs{zeros({3}, device_), zeros({3}, device_)};
  PointwiseBuilder b("two numbers", 0);
  b.output(1.5);
  b.output(-2.0);
  pointwise_(b.build(), outputs, {});
  EXPECT_TRUE(near(outputs[0], {1.5, 1.5, 1.5}, 0));
  EXPECT_TRUE(near(outputs[1], {-2, -2, -2}, 0));
}

ProgramPtr number(double value) {
  PointwiseBuilder b("number", 0);
  b.output(value);
  return b.build();
}

TEST(UserProgramCreation, ChoosesTheDTypeByTheRule) {
  EXPECT_EQ(pointwise(number(1), {2}, {})[0].dtype(), float32);
  EXPECT_EQ(pointwise(number(7), {2}, {.dtype = int64})[0].to_vector<int64_t>(),
            (std::vector<int64_t>{7, 7}));
  const Scalar scalars[] = {1, 2};
  const auto two_scalars = [](Opcode op) {
    PointwiseBuilder b("scalars", 0, 2);
    b.output(b.apply(op, b.scalar(0), b.scalar(1)));
    return b.build();
  };
  EXPECT_EQ(pointwise(two_scalars(Opcode::add), {1}, {}, scalars)[0].dtype(), int64);
  EXPECT_EQ(pointwise(two_scalars(Opcode::div), {1}, {}, scalars)[0].dtype(), float32);
  const Tensor less = pointwise(two_scalars(Opcode::lt), {1}, {.dtype = bool_}, scalars)[0];
  EXPECT_EQ(less.dtype(), bool_);
  EXPECT_TRUE(less.item<bool>());
}

TEST(UserProgramCreation, MakesLeaves) {
  const Tensor x = pointwise(number(3), {2}, {.requires_grad = true})[0];
  (x * x).sum().backward();
  EXPECT_TRUE(near(x.grad(), {6, 6}, 0));
}

TEST(UserProgramCreation, AllowsEmptyTensors) {
  EXPECT_EQ(pointwise(number(3), {2, 0}, {})[0].numel(), 0);
}

TEST(UserProgram, DrawsFromTheDefaultGenerator) {
  PointwiseBuilder b("noise", 1);
  b.output(b.input(0) + b.apply(Opcode::uniform));
  const ProgramPtr noise = b.build();
  const Tensor x = zeros({4});
  manual_seed(3);
  const Tensor first = pointwise(noise, {x});
  const Tensor second = pointwise(noise, {x});
  manual_seed(3);
  EXPECT_TRUE(near(rand({4}), first, 0));
  EXPECT_TRUE(near(rand({4}), second, 0));
  EXPECT_FALSE(near(first, second, 0));
}

TEST(UserProgramMessage, OfNoInputsNeedsAShape) {
  EXPECT_EQ(message_of<ValueError>([] { pointwise(number(1), {}); }),
            "pointwise: program 'number' takes no tensors: the shape, dtype and device of its "
            "results are not known; give them, as in pointwise(program, shape, options)");
}
TEST(UserProgramMessage, WithInputsTakesNoShape) {
  EXPECT_EQ(message_of<ValueError>([] { pointwise(program_of(Opcode::neg), {2}, {}); }),
            "pointwise: program 'neg' takes 1 tensors and 0 scalars: got 0 and 0");
}
TEST(UserProgramMessage, DTypeThatTheRuleDoesNotGive) {
  EXPECT_EQ(message_of<DTypeError>([] { pointwise(number(0.5), {2}, {.dtype = int64}); }),
            "pointwise: program 'number' gives float32: int64 was asked for; leave the dtype out, "
            "and convert the result with .to(int64)");
}
TEST(UserProgramMessage, NoProgram) {
  EXPECT_EQ(message_of<ValueError>([] { pointwise(nullptr, {ones({2})}); }),
            "pointwise: there is no program: the pointer is null");
  EXPECT_THROW(pointwise(nullptr, {2}, {}), ValueError);
  EXPECT_THROW(pointwise_(nullptr, {}, {}), ValueError);
}
TEST(UserProgramMessage, OutputsOfDifferentShapes) {
  PointwiseBuilder b("two", 0);
  b.output(1.0);
  b.output(2.0);
  EXPECT_EQ(message_of<ShapeError>([&] {
              pointwise_(b.build(), std::vector<Tensor>{ones({2}), ones({3})}, {});
            }),
            "pointwise_: program 'two' gives shape (2): an output has (3)");
}

}  // namespace
}  // namespace ct
