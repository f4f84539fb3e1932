// Every op on every device: forward against float64, gradients against differences, awkward views,
// half types.
#include <gtest/gtest.h>

#include "conformance/op_fixture.hpp"
#include "customtensor/backend.hpp"
#include "customtensor/error.hpp"
#include "support/compare.hpp"

namespace ct::test {
namespace {

class OpTest : public OpFixture {
 protected:
  Tensors inputs(DType dtype, bool requires_grad = false) const {
    return inputs_of(op(), dtype, device_, requires_grad);
  }
};

TEST_P(OpTest, ForwardMatchesFloat64OnCpu) {
  const Tensor expected = op().run(inputs_of(op(), float64, Device("cpu"), false));
  EXPECT_TRUE(near(op().run(inputs(float32)), expected, op().tolerance));
}

TEST_P(OpTest, AwkwardStridesGiveTheSameValues) {
  const Tensors dense = inputs(float64);
  EXPECT_TRUE(near(op().run(awkward(dense)), op().run(dense), kSame64));
}

TEST_P(OpTest, HalfTypesRoundTheFloat32Result) {
  if (!op().half) {
    EXPECT_THROW(op().run(inputs(float16)), DTypeError);
    EXPECT_THROW(op().run(inputs(bfloat16)), DTypeError);
    return;
  }
  if (op().tolerance == INFINITY) GTEST_SKIP() << "draws differ by type";
  for (const auto& [dtype, tolerance] :
       {std::pair{float16, kHalf}, std::pair{bfloat16, kBFloat16}}) {
    // The rounded inputs, computed exactly.
    Tensors exact;
    for (const Tensor& t : inputs(dtype)) exact.push_back(t.to(float64));
    const Tensor y = op().run(inputs(dtype));
    EXPECT_TRUE(y.dtype() == dtype || !is_floating(y.dtype()));  // places, counts
    EXPECT_TRUE(near(y, op().run(exact), 8 * tolerance)) << name(dtype);
  }
}

TEST_P(OpTest, GradientMatchesDifferences) {
  if (!op().differentiable) GTEST_SKIP() << "no gradient";
  EXPECT_TRUE(gradcheck(op().run, inputs(float64, true), {.max_elements = 60}));
}

TEST_P(OpTest, DoubleGradientMatchesDifferences) {
  if (!op().differentiable || !op().twice) GTEST_SKIP() << "no second gradient";
  EXPECT_TRUE(gradgradcheck(op().run, inputs(float64, true), {.max_elements = 12}));
}

TEST_P(OpTest, Float32GradientMatchesFloat64) {
  if (!op().differentiable || op().tolerance == INFINITY) GTEST_SKIP() << "not comparable";
  const auto gradients = [&](const Tensors& in) {
    const Tensor y = op().run(in);
    return grad({y}, in, {.gradients = {full_like(y, 0.75)}, .allow_unused = true});
  };
  const Tensors expected = gradients(inputs_of(op(), float64, Device("cpu"), true));
  const Tensors actual = gradients(inputs(float32, true));
  for (size_t i = 0; i < actual.size(); ++i) {
    ASSERT_EQ(actual[i].defined(), expected[i].defined());
    if (!actual[i].defined()) continue;
    EXPECT_EQ(actual[i].dtype(), float32);
    EXPECT_TRUE(near(actual[i], expected[i], kGradient32)) << "input " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Conformance, OpTest,
                         ::testing::ValuesIn(op_params([](const auto&...) { return true; })),
                         op_param_name);

}  // namespace
}  // namespace ct::test
