// Bits, shifts and logic of integers and bools.
#include <gtest/gtest.h>

#include <limits>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;
using Ints = std::vector<int>;

Tensor ints(std::initializer_list<int> values) { return tensor(values).to(int32); }

TEST(Bitwise, OfIntegers) {
  const Tensor a = ints({12, -1, 7}), b = ints({10, 6, -8});
  EXPECT_EQ((a & b).to_vector<int>(), (Ints{12 & 10, 6, 7 & -8}));
  EXPECT_EQ((a | b).to_vector<int>(), (Ints{12 | 10, -1, 7 | -8}));
  EXPECT_EQ((a ^ b).to_vector<int>(), (Ints{12 ^ 10, -1 ^ 6, 7 ^ -8}));
  EXPECT_EQ((~a).to_vector<int>(), (Ints{~12, 0, ~7}));
  EXPECT_EQ((a & 3).to_vector<int>(), (Ints{0, 3, 3}));
}
TEST(Bitwise, OfBoolsIsLogical) {
  const Tensor a = tensor({true, true, false}), b = tensor({true, false, false});
  EXPECT_EQ((a & b).dtype(), bool_);
  EXPECT_EQ((a & b).to_vector<int>(), (Ints{1, 0, 0}));
  EXPECT_EQ((a ^ b).to_vector<int>(), (Ints{0, 1, 0}));
  EXPECT_EQ((~a).to_vector<int>(), (Ints{0, 0, 1}));
  EXPECT_EQ((~a).dtype(), bool_);
}
TEST(Bitwise, OfUint8StaysInItsBits) {
  const Tensor a = full({2}, 200, {.dtype = uint8});
  EXPECT_EQ((~a).to_vector<int>(), (Ints{55, 55}));
  EXPECT_EQ((a << 1).to_vector<int>(), (Ints{144, 144}));
  EXPECT_EQ((a >> 3).to_vector<int>(), (Ints{25, 25}));
  EXPECT_EQ((a << 8).to_vector<int>(), (Ints{0, 0}));
}
TEST(Shifts, BeyondTheBitsGiveZeroOrTheSign) {
  const Tensor a = ints({5, -5, 5, -5}), by = ints({32, 32, -1, -1});
  EXPECT_EQ((a << by).to_vector<int>(), (Ints{0, 0, 0, 0}));
  EXPECT_EQ((a >> by).to_vector<int>(), (Ints{0, -1, 0, -1}));
  EXPECT_EQ((tensor({int64_t{1}}) << 40).item<int64_t>(), int64_t{1} << 40);
  EXPECT_EQ((ints({-16}) >> 2).item<int>(), -4);
}
TEST(Bitwise, OfFloatsIsAnError) {
  EXPECT_EQ(message_of<DTypeError>([] { ones({2}) & ints({1}); }),
            "bitwise_and: an operand is float32 (2): it must be of integers or bool; convert with "
            ".to()");
  EXPECT_EQ(message_of<DTypeError>([] {
              ints({1, 2}) << 0.5;
            }),
            "bitwise_left_shift: the number 0.5 is not of an integer type: int32 (2) needs one");
  EXPECT_THROW(tensor({true}) << 1, DTypeError);
  EXPECT_THROW(~ones({2}), DTypeError);
  Tensor x = ints({1});
  EXPECT_THROW(x &= ones({1}), DTypeError);
}
TEST(Logic, CountsWhatIsNotZeroAsTrue) {
  const Tensor a = tensor({0.f, 0.5f, -1.f, 0.f}), b = ints({0, 0, 3, 4});
  EXPECT_EQ(logical_xor(a, b).to_vector<int>(), (Ints{0, 1, 0, 1}));
  EXPECT_EQ(logical_and(a, b).to_vector<int>(), (Ints{0, 0, 1, 0}));
  EXPECT_EQ(logical_or(a, b).to_vector<int>(), (Ints{0, 1, 1, 1}));
  EXPECT_EQ(logical_not(a).to_vector<int>(), (Ints{1, 0, 0, 1}));
}
TEST(Compare, ANumberMayStandOnTheLeft) {
  const Tensor a = tensor({1.f, 2.f, 3.f});
  EXPECT_EQ((2 < a).to_vector<int>(), (Ints{0, 0, 1}));
  EXPECT_EQ((2 >= a).to_vector<int>(), (Ints{1, 1, 0}));
  EXPECT_EQ((2.0 == a).to_vector<int>(), (Ints{0, 1, 0}));
}
TEST(Infinities, AreTold) {
  const float inf = std::numeric_limits<float>::infinity();
  const Tensor x = tensor({inf, -inf, 1.f, std::numeric_limits<float>::quiet_NaN()});
  EXPECT_EQ(isinf(x).to_vector<int>(), (Ints{1, 1, 0, 0}));
  EXPECT_EQ(isposinf(x).to_vector<int>(), (Ints{1, 0, 0, 0}));
  EXPECT_EQ(isneginf(x).to_vector<int>(), (Ints{0, 1, 0, 0}));
  EXPECT_EQ(isinf(ints({1, 2})).to_vector<int>(), (Ints{0, 0}));
}
TEST(Where, TakesNumbers) {
  const Tensor x = ints({-1, 2});
  EXPECT_EQ(where(x > 0, x, 0).to_vector<int>(), (Ints{0, 2}));
  EXPECT_EQ(where(x > 0, x, 0).dtype(), int32);
  EXPECT_EQ(where(x > 0, 0.5, x).dtype(), float32);
  EXPECT_EQ(where((x > 0).to(uint8), tensor({true, true}), tensor({false, false})).dtype(), bool_);
}

}  // namespace
}  // namespace ct
