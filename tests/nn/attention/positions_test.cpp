// Positions: their values by the papers' formulas, both layouts of rotary pairs, what they refuse.
#include <gtest/gtest.h>

#include <cmath>

#include "conformance/devices.hpp"
#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/nn/attention/learned_positions.hpp"
#include "customtensor/nn/attention/rotary_positions.hpp"
#include "customtensor/nn/attention/sinusoidal_positions.hpp"
#include "customtensor/ops/rotary.hpp"
#include "support/compare.hpp"
#include "support/tolerance.hpp"

namespace ct::nn {
namespace {

using test::message_of;

TEST(Positions, SinusoidsAreThoseOfThePaper) {
  const Tensor t = sinusoidal_positions(3, 4);
  EXPECT_TRUE(test::near(t,
                         {0, 1, 0, 1,  //
                          std::sin(1.0), std::cos(1.0), std::sin(0.01), std::cos(0.01),
                          std::sin(2.0), std::cos(2.0), std::sin(0.02), std::cos(0.02)},
                         1e-7));
  EXPECT_TRUE(test::near(SinusoidalPositions(4)(zeros({2, 3, 4})).select(0, 1), t, 0));
}

TEST(Positions, LearnedOnesAreAddedAndTrained) {
  LearnedPositions layer(5, 2);
  const Tensor y = layer(zeros({2, 3, 2}));
  EXPECT_TRUE(test::near(y.select(0, 1), layer.weight.narrow(0, 0, 3), 0));
  y.sum().backward();
  EXPECT_TRUE(test::near(layer.weight.grad(), {2, 2, 2, 2, 2, 2, 0, 0, 0, 0}, 0));
}

TEST(Positions, RotaryPairsAreHalvesOrNeighbours) {
  for (const char* name : {"cpu", "custom_gpu"}) {
    if (!test::device_available(name)) continue;
    // One place, at 1: angles 1 and 0.01; the fifth feature stays.
    const Tensor x = tensor({1., 2., 3., 4., 5.}, {.dtype = float64}).reshape({1, 5}).to(name);
    const double c = std::cos(1.0), s = std::sin(1.0), d = std::cos(0.01), t = std::sin(0.01);
    EXPECT_TRUE(test::near(RotaryPositions(4)(x, 1),
                           {1 * c - 3 * s, 2 * d - 4 * t, 3 * c + 1 * s, 4 * d + 2 * t, 5}, 1e-12));
    EXPECT_TRUE(test::near(RotaryPositions(4, {.interleaved = true})(x, 1),
                           {1 * c - 2 * s, 2 * c + 1 * s, 3 * d - 4 * t, 4 * d + 3 * t, 5}, 1e-12));
  }
}

TEST(Positions, RotaryProductsKnowTheDistanceAlone) {
  manual_seed(1);
  RotaryPositions turn(8);
  const Tensor q = randn({1, 8}, {.dtype = float64}), k = randn({1, 8}, {.dtype = float64});
  const Tensor near_start = (turn(q, 3) * turn(k, 1)).sum();
  EXPECT_TRUE(test::near((turn(q, 12) * turn(k, 10)).sum(), near_start, 1e-12));
}

TEST(PositionsMessage, Features) {
  EXPECT_EQ(message_of<ValueError>([] { RotaryPositions(3); }),
            "RotaryPositions: features must be even and at least 2: 3");
}
TEST(PositionsMessage, Length) {
  EXPECT_EQ(message_of<ValueError>([] { sinusoidal_positions(0, 2); }),
            "sinusoidal_positions: the length must be at least 1: 0");
}
TEST(PositionsMessage, Input) {
  EXPECT_EQ(message_of<ShapeError>([] {
              LearnedPositions(3, 2)(ones({4, 2}));
            }),
            "LearnedPositions: x (4, 2) does not fit: it must be (..., L, 2) with L at most 3");
  EXPECT_EQ(message_of<ShapeError>([] {
              RotaryPositions(4)(ones({4, 2}));
            }),
            "RotaryPositions: x (4, 2) does not fit: it must be (..., L, D), D at least 4");
}
TEST(PositionsMessage, Sizes) {
  EXPECT_EQ(message_of<ValueError>([] { LearnedPositions(0, 2); }),
            "LearnedPositions: sizes must be at least 1: max_length 0, features 2");
}
TEST(PositionsMessage, Offset) {
  EXPECT_EQ(message_of<ValueError>([] {
              RotaryPositions(2)(ones({1, 2}), -1);
            }),
            "RotaryPositions: the offset must not be negative: -1");
}
TEST(RotaryMessage, Shapes) {
  EXPECT_EQ(message_of<ShapeError>([] {
              rotary_embedding(ones({2, 4}), ones({2, 3}), ones({2, 3}));
            }),
            "rotary_embedding: x (2, 4), cos (2, 3) and sin (2, 3) do not fit: they must be (..., "
            "L, D) and twice (L, R / 2) with R at most D");
}
TEST(RotaryMessage, Types) {
  EXPECT_EQ(message_of<DTypeError>([] {
              const Tensor c = ones({2, 2}, {.dtype = float64});
              rotary_embedding(ones({2, 4}), c, c);
            }),
            "rotary_embedding: x, cos and sin are float32, float64 and float64: they must be of "
            "one floating dtype, beside float16 and bfloat16 float32; convert with .to(dtype)");
}
TEST(RotaryMessage, GradientOfTheAngles) {
  EXPECT_EQ(message_of<AutogradError>([] {
              const Tensor c = ones({2, 2}, {.requires_grad = true});
              rotary_embedding(ones({2, 4}), c, c);
            }),
            "rotary_embedding: cos requires grad: there is a gradient of x alone; detach it");
}

}  // namespace
}  // namespace ct::nn
