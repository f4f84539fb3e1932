// Result types as PyTorch's: category first, tensors without axes and numbers count less.
#include <gtest/gtest.h>

#include "customtensor/ops.hpp"

namespace ct {
namespace {

TEST(Promotion, CategoryFirstThenWidth) {
  EXPECT_EQ((tensor({1}) + tensor({1.f})).dtype(), float32);
  EXPECT_EQ((ones({1}, {.dtype = float16}) + tensor({1})).dtype(), float16);
  EXPECT_EQ((ones({1}, {.dtype = float16}) + ones({1}, {.dtype = bfloat16})).dtype(), float32);
  EXPECT_EQ((ones({1}, {.dtype = uint8}) + ones({1}, {.dtype = int32})).dtype(), int32);
  EXPECT_EQ((tensor({true}) + tensor({true})).dtype(), bool_);
  EXPECT_EQ((ones({1}) + ones({1}, {.dtype = float64})).dtype(), float64);
}
TEST(Promotion, TensorsWithoutAxesCountLess) {
  EXPECT_EQ((ones({2}) + tensor(1.0, {.dtype = float64})).dtype(), float32);
  EXPECT_EQ((tensor({1}) + tensor(1.0, {.dtype = float64})).dtype(), float64);
}
TEST(Promotion, NumbersCountLeast) {
  EXPECT_EQ((ones({2}, {.dtype = int32}) + 1).dtype(), int32);
  EXPECT_EQ((ones({2}, {.dtype = int32}) + 1.5).dtype(), float32);
  EXPECT_EQ((tensor({true}) + 1).dtype(), int64);
  EXPECT_EQ((ones({2}, {.dtype = float16}) * 2.5).dtype(), float16);
}
TEST(Promotion, DivisionAndFunctionsGiveFloats) {
  EXPECT_EQ((tensor({7}) / tensor({2})).to_vector<float>()[0], 3.5f);
  EXPECT_EQ(sqrt(tensor({9})).dtype(), float32);
  EXPECT_EQ(sqrt(tensor({9})).item<float>(), 3.0f);
}
TEST(Promotion, ComparisonsGiveBools) {
  const Tensor b = tensor({1, 5}) > tensor({2.5f});
  EXPECT_EQ(b.dtype(), bool_);
  EXPECT_EQ(b.to_vector<int>(), (std::vector<int>{0, 1}));
  EXPECT_EQ((tensor({int64_t{1} << 60}) == tensor({(int64_t{1} << 60) + 1})).item<int>(), 0);
}
TEST(Promotion, IntegerSumsAreInt64) {
  EXPECT_EQ(full({300}, 200, {.dtype = uint8}).sum().item<int64_t>(), 60000);
  EXPECT_EQ(tensor({true, true, false}).sum().item<int64_t>(), 2);
}
TEST(Promotion, IntegersWrap) {
  EXPECT_EQ((full({1}, 200, {.dtype = uint8}) + full({1}, 100, {.dtype = uint8})).item<int>(), 44);
}
TEST(Promotion, CatPromotes) { EXPECT_EQ(cat({tensor({1}), tensor({1.5f})}).dtype(), float32); }

}  // namespace
}  // namespace ct
