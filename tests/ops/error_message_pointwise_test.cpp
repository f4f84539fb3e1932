// What misuse of elementwise ops, reductions, creation and random numbers is answered with.
#include <gtest/gtest.h>

#include <cmath>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;

TEST(PointwiseMessage, Celu) {
  EXPECT_EQ(message_of<ValueError>([] { celu(ones({2}), 0); }),
            "celu: alpha is 0: x is divided by it");
}
TEST(PointwiseMessage, Hardtanh) {
  EXPECT_EQ(message_of<ValueError>([] { hardtanh(ones({2}), 2, 1); }),
            "hardtanh: low must not be above high: 2 and 1");
}
TEST(PointwiseMessage, Softshrink) {
  EXPECT_EQ(message_of<ValueError>([] { softshrink(ones({2}), -1); }),
            "softshrink: lambda must not be negative: -1");
}
TEST(PointwiseMessage, DropoutProbability) {
  EXPECT_EQ(message_of<ValueError>([] { dropout(ones({2}), 1.5); }),
            "dropout: p must be a probability in [0, 1]: 1.5");
}
TEST(PointwiseMessage, DropoutType) {
  EXPECT_EQ(message_of<DTypeError>([] {
              dropout(tensor({1, 2}));
            }),
            "dropout: x is int64: it must be floating; convert with .to()");
}
TEST(PointwiseMessage, ProgramArguments) {
  EXPECT_EQ(message_of<ValueError>([] { pointwise(program_of(Opcode::add), {ones({2})}); }),
            "pointwise: program 'add' takes 2 tensors and 0 scalars: got 1 and 0");
}
TEST(PointwiseMessage, UndefinedInput) {
  EXPECT_EQ(message_of<ValueError>([] { ones({2}) + Tensor(); }),
            "add: input 1 is an undefined tensor; give it a value first");
}
TEST(PointwiseMessage, InPlaceShape) {
  EXPECT_EQ(message_of<ShapeError>([] {
              ones({3}).add_(ones({2, 3}));
            }),
            "add_: the result's shape (2, 3) is not that of the tensor to change, (3); work out of "
            "place");
}
TEST(PointwiseMessage, InPlaceType) {
  EXPECT_EQ(message_of<DTypeError>([] {
              tensor({1, 2}).mul_(0.5);
            }),
            "mul_: the result is float32: it cannot be stored in int64 (2); convert first with "
            ".to(float32)");
}
TEST(PointwiseMessage, PointwiseInPlaceArguments) {
  EXPECT_EQ(message_of<ValueError>([] {
              const Tensor x = ones({2});
              pointwise_(program_of(Opcode::add), {}, std::vector<Tensor>{x, x});
            }),
            "pointwise_: program 'add' has 1 outputs and takes 2 tensors: got 0 and 2");
}
TEST(PointwiseMessage, PointwiseInPlaceShape) {
  EXPECT_EQ(message_of<ShapeError>([] {
              const Tensor x = ones({2});
              pointwise_(program_of(Opcode::neg), std::vector<Tensor>{ones({3})},
                         std::vector<Tensor>{x});
            }),
            "pointwise_: program 'neg' gives shape (2): an output has (3)");
}
TEST(PointwiseMessage, PowOfIntegers) {
  EXPECT_EQ(message_of<ValueError>([] {
              tensor({2, 3}).pow(-2);
            }),
            "pow: integers to negative integer powers are not integers: int64 to the -2; convert "
            "with .to(ct::float32) first");
}
TEST(PointwiseMessage, WhereCondition) {
  EXPECT_EQ(message_of<DTypeError>([] { where(ones({2}), ones({2}), ones({2})); }),
            "where: the condition is float32: it must be bool; compare it, as in x > 0");
}
TEST(PointwiseMessage, DifferencesOfBools) {
  const Tensor x = tensor({true, false});
  EXPECT_EQ(message_of<DTypeError>([&] { -x; }),
            "neg: bools have no difference: bool (2); use logical_not or logical_xor, or convert "
            "with .to(ct::int64)");
  EXPECT_THROW(x - x, DTypeError);
  EXPECT_THROW(x - true, DTypeError);
  EXPECT_THROW(true - x, DTypeError);
  EXPECT_THROW(x.clone().sub_(x), DTypeError);
  EXPECT_THROW(x.clone().neg_(), DTypeError);
  EXPECT_EQ((1 - x).dtype(), int64);
}
TEST(PointwiseMessage, ClampWithoutBounds) {
  EXPECT_EQ(message_of<ValueError>([] { clamp(ones({2}), std::nullopt); }),
            "clamp: neither bound is given; pass low, high or both");
}
TEST(PointwiseMessage, LeafInPlace) {
  EXPECT_EQ(message_of<AutogradError>([] { ones({2}, {.requires_grad = true}).add_(1); }),
            "add_: the tensor (2) is a leaf that requires grad: changing it in place would lose "
            "its gradient; do it inside a NoGradGuard, or out of place");
}
TEST(PointwiseMessage, ViewOfLeafInPlace) {
  EXPECT_EQ(
      message_of<AutogradError>([] { ones({2}, {.requires_grad = true}).select(0, 1).add_(1); }),
      "add_: the tensor () is a view of a leaf that requires grad: changing it in place would lose "
      "its gradient; do it inside a NoGradGuard, or out of place");
}
TEST(PointwiseMessage, ExpandedInPlace) {
  EXPECT_EQ(
      message_of<ValueError>([] { ones({1}).expand({3}).add_(1); }),
      "add_: elements of the expanded tensor (3) share memory along axis 0; clone() it first");
}
TEST(PointwiseMessage, CopyShape) {
  EXPECT_EQ(message_of<ShapeError>([] {
              ones({2}).copy_(ones({2, 2}));
            }),
            "copy_: shape (2, 2) does not broadcast to (2)");
}
TEST(PointwiseMessage, Arange) {
  EXPECT_EQ(message_of<ValueError>([] { arange(0, 5, -1); }),
            "arange: cannot step from 0 to 5 by -1");
}
TEST(PointwiseMessage, Linspace) {
  EXPECT_EQ(message_of<ValueError>([] { linspace(0, 1, -1); }),
            "linspace: count must not be negative: -1");
}
TEST(PointwiseMessage, Logspace) {
  EXPECT_EQ(message_of<ValueError>([] { logspace(0, 1, -1); }),
            "logspace: count must not be negative: -1");
}
TEST(PointwiseMessage, Eye) {
  EXPECT_EQ(message_of<ShapeError>([] { eye(2, -1); }), "eye: sizes must not be negative: 2, -1");
}
TEST(PointwiseMessage, Randint) {
  EXPECT_EQ(message_of<ValueError>([] { randint(0, int64_t{1} << 60, {2}); }),
            "randint: the range [0, 1152921504606846976) has more than 2^53 numbers");
}
TEST(PointwiseMessage, Randperm) {
  EXPECT_EQ(message_of<ValueError>([] { randperm(-1); }),
            "randperm: the size must not be negative: -1");
}
TEST(PointwiseMessage, MultinomialType) {
  EXPECT_EQ(
      message_of<DTypeError>([] {
        multinomial(tensor({1, 2}), 1);
      }),
      "multinomial: the weights are int64: they must be floating; convert with .to(ct::float32)");
}
TEST(PointwiseMessage, MultinomialShape) {
  EXPECT_EQ(
      message_of<ShapeError>([] {
        multinomial(ones({2, 0}), 1);
      }),
      "multinomial: the weights have shape (2, 0): it must be (k) or (rows, k), k at least 1");
}
TEST(PointwiseMessage, MultinomialSamples) {
  EXPECT_EQ(message_of<ValueError>([] { multinomial(ones({2}), 0); }),
            "multinomial: samples must be positive: 0");
}
TEST(PointwiseMessage, MultinomialWeights) {
  EXPECT_EQ(message_of<ValueError>([] {
              multinomial(tensor({1.0, -1.0}), 1);
            }),
            "multinomial: weights must be finite and not negative: from -1 to 1");
}
TEST(PointwiseMessage, Random) {
  EXPECT_EQ(
      message_of<ValueError>([] { zeros({2}, {.dtype = int64}).random_(-1, int64_t{1} << 60); }),
      "random_: the range [-1, 1152921504606846976) has more than 2^53 numbers; only all of "
      "int64's positive ones, and uint64's, can be drawn beyond that");
}
TEST(PointwiseMessage, RepeatedAxis) {
  EXPECT_EQ(message_of<ValueError>([] {
              ones({2, 3}).sum({0, -2});
            }),
            "sum: axis -2 is named twice: axes (0, -2) of 2");
}
TEST(PointwiseMessage, SumTo) {
  EXPECT_EQ(message_of<ShapeError>([] {
              sum_to(ones({2}), {2, 2});
            }),
            "sum_to: (2) was not broadcast from (2, 2)");
}
TEST(PointwiseMessage, NormOrder) {
  EXPECT_EQ(message_of<ValueError>([] { norm(ones({2}), std::nan("")); }),
            "norm: the order p is NaN: it must be a number or infinite");
}
TEST(PointwiseMessage, Histc) {
  EXPECT_EQ(message_of<DTypeError>([] {
              histc(tensor({1, 2}));
            }),
            "histc: the tensor is int64: it must be floating; convert with .to(ct::float32)");
}

}  // namespace
}  // namespace ct
