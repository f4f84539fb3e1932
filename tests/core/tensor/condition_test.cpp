// What a tensor means where a condition is wanted, and what does not compile.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <type_traits>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;

bool holds(const Tensor& t) { return t ? true : false; }

TEST(Condition, IsTheOnlyValue) {
  EXPECT_FALSE(holds(tensor(1.0) > 2.0));
  EXPECT_TRUE(holds(tensor({{3}}) == 3));
  EXPECT_FALSE(holds(zeros({1})));
  EXPECT_TRUE(holds(tensor({0.5F})));
  EXPECT_TRUE(holds(tensor(std::numeric_limits<double>::quiet_NaN())));
  EXPECT_TRUE(!tensor(false));
  EXPECT_FALSE(tensor(true) && tensor(0));
}

TEST(Condition, OfManyOrNoElementsIsRefused) {
  const Tensor a = ones({2, 3}), b = zeros({2, 3});
  EXPECT_EQ(message_of<ValueError>([&] { (void)holds(a == b); }),
            "bool: a condition is one value: the tensor has 6 elements: (2, 3); reduce it with "
            "all() or any(), choose by element with where(), maximum() or minimum()");
  EXPECT_THROW((void)holds(empty({0})), ValueError);
}

TEST(Condition, OfAnUndefinedTensorIsRefused) {
  EXPECT_EQ(
      message_of<ValueError>([] { (void)holds(Tensor()); }),
      "bool: an undefined tensor is neither true nor false; ask defined() whether it has a value");
}

TEST(Condition, TheStandardLibraryComparesByIt) {
  const Tensor small = tensor(1.0), large = tensor(2.0);
  EXPECT_EQ(std::max(large, small).item<float>(), 2.F);
  EXPECT_EQ(std::min(large, small).item<float>(), 1.F);
  EXPECT_EQ(std::clamp(tensor(5.0), small, large).item<float>(), 2.F);
  const Tensor a = tensor({1.F, 4.F}), b = tensor({3.F, 2.F});
  EXPECT_THROW((void)std::max(a, b), ValueError);
}

// Explicit: a tensor is no number by accident.
static_assert(!std::is_convertible_v<Tensor, bool>);
static_assert(!std::is_convertible_v<Tensor, int>);
static_assert(!std::is_convertible_v<Tensor, Scalar>);

// x.index({0}) = y would write nothing.
static_assert(std::is_assignable_v<Tensor&, const Tensor&>);
static_assert(std::is_assignable_v<Tensor&, Tensor>);
static_assert(!std::is_assignable_v<Tensor, const Tensor&>);
static_assert(!std::is_assignable_v<Tensor, Tensor>);
static_assert(!std::is_assignable_v<Tensor, double>);

}  // namespace
}  // namespace ct
