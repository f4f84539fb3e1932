// Result types as PyTorch's: category first, tensors without axes and numbers count less.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

constexpr DType kTypes[] = {float32, float64, float16, bfloat16, int32, int64, uint8, bool_};
constexpr std::string_view kLetters = "fdhbiluo";  // of kTypes

std::string letter(const Tensor& t) {
  const auto* place = std::ranges::find(kTypes, t.dtype());
  return std::string(1, kLetters[static_cast<size_t>(place - std::begin(kTypes))]);
}
/// One row a type of the first operand, in the order of kTypes: the results with each second one.
template <class F>
std::vector<std::string> table_of(int64_t rank, F results) {
  std::vector<std::string> rows;
  for (const DType dtype : kTypes) {
    rows.push_back(results(full(rank == 0 ? Shape{} : Shape{1}, 1, {.dtype = dtype})));
  }
  return rows;
}
std::vector<std::string> pairs(int64_t first_rank, int64_t second_rank) {
  return table_of(first_rank, [&](const Tensor& a) {
    std::string row;
    for (const DType dtype : kTypes) {
      const Tensor b = full(second_rank == 0 ? Shape{} : Shape{1}, 1, {.dtype = dtype});
      row += letter(a + b);
      EXPECT_EQ((b + a).dtype(), (a + b).dtype()) << a.dtype() << " and " << b.dtype();
      EXPECT_EQ(where(tensor({true}), a, b).dtype(), (a + b).dtype());
    }
    return row;
  });
}

// The tables are torch.result_type's (PyTorch 1.13).
TEST(Promotion, OfAllPairsIsPyTorchs) {
  const std::vector<std::string> of_equals = {"fdffffff", "dddddddd", "fdhfhhhh", "fdfbbbbb",
                                              "fdhbilii", "fdhbllll", "fdhbiluu", "fdhbiluo"};
  EXPECT_EQ(pairs(1, 1), of_equals);
  EXPECT_EQ(pairs(0, 0), of_equals);
  EXPECT_EQ(pairs(1, 0),
            (std::vector<std::string>{"ffffffff", "dddddddd", "hhhhhhhh", "bbbbbbbb", "fdhbiiii",
                                      "fdhbllll", "fdhbuuuu", "fdhbiluo"}));
}
TEST(Promotion, WithNumbersIsPyTorchs) {
  for (const int64_t rank : {0, 1}) {
    const auto rows = table_of(
        rank, [](const Tensor& a) { return letter(a + true) + letter(a + 1) + letter(a + 1.5); });
    EXPECT_EQ(rows,
              (std::vector<std::string>{"fff", "ddd", "hhh", "bbb", "iif", "llf", "uuf", "olf"}));
  }
}
TEST(Promotion, NumbersBesideWholeNumbersOfAnySizeMustFit) {
  EXPECT_EQ((full({1}, -128, {.dtype = int8}) + 127).item<int>(), -1);
  EXPECT_THROW((ones({1}, {.dtype = int8}) + 128), ValueError);
  EXPECT_THROW((ones({1}, {.dtype = uint16}) + 65536), ValueError);
  EXPECT_EQ((ones({1}, {.dtype = uint32}) + -1).item<int>(), 0);
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  EXPECT_EQ((ones({1}, {.dtype = uint64}) + kMost).item<int>(), 0);
  EXPECT_EQ(test::message_of<ValueError>([] { ones({1}, {.dtype = int64}) + kMost; }),
            "add: the number 18446744073709551615 does not fit in int64, the type of the tensors; "
            "convert them with .to(ct::uint64)");
  EXPECT_FALSE((ones({1}, {.dtype = int8}) == 300).item<bool>());
  EXPECT_TRUE((ones({1}, {.dtype = uint32}) < kMost).item<bool>());
  EXPECT_TRUE((ones({1}, {.dtype = uint64}) > -5).item<bool>());
}
TEST(Promotion, HalfTypesAreComputedInFloat32) {
  // 2048 + 1 is not a float16: three operands in one program are rounded once, at the end.
  const Tensor x = full({1}, 2048, {.dtype = float16}), one = ones({1}, {.dtype = float16});
  EXPECT_EQ(addcmul(x, one, one * 3.0).item<float>(), 2052.f);  // 2051 to even
  EXPECT_EQ((x + one).item<float>(), 2048.f);
  EXPECT_EQ(lerp(x, x + 4.0, 0.5).item<float>(), 2050.f);
  EXPECT_EQ((full({1}, 300, {.dtype = bfloat16}) * 2.0).dtype(), bfloat16);
}
TEST(Promotion, ANumberThatDoesNotFitIsAnError) {
  const int64_t big = int64_t{1} << 40;
  EXPECT_EQ(test::message_of<ValueError>([&] {
              tensor({1, 2}).to(int32) + big;
            }),
            "add: the number 1099511627776 does not fit in int32, the type of the tensors; convert "
            "them with .to(ct::int64)");
  EXPECT_THROW((full({1}, 1, {.dtype = uint8}) * 300), ValueError);
  EXPECT_EQ((full({1}, 1, {.dtype = uint8}) + -1).item<int>(), 0);
  EXPECT_EQ((tensor({int64_t{1}}) + big).item<int64_t>(), big + 1);
  EXPECT_EQ((tensor({1.f}) + big).item<float>(), 1099511627776.f);
}
TEST(Promotion, AComparisonWithANumberThatDoesNotFitHasItsAnswer) {
  const Tensor bytes = tensor({0, 255}).to(uint8);
  EXPECT_FALSE((bytes == 300).any().item<bool>());
  EXPECT_TRUE((bytes != -300).all().item<bool>());
  EXPECT_TRUE((bytes < 256).all().item<bool>());
  EXPECT_TRUE((bytes > -1).all().item<bool>());
  EXPECT_TRUE((tensor({-1, 1}).to(int32) < (int64_t{1} << 40)).all().item<bool>());
}
TEST(Promotion, CastsTruncateAndWrap) {
  const Tensor x = tensor({-1.75f, 300.5f, 2.99f});
  EXPECT_EQ(x.to(int32).to_vector<int>(), (std::vector<int>{-1, 300, 2}));
  EXPECT_EQ(x.to(int32).to(uint8).to_vector<int>(), (std::vector<int>{255, 44, 2}));
  EXPECT_EQ(x.to(bool_).to_vector<int>(), (std::vector<int>{1, 1, 1}));
  EXPECT_EQ(tensor({int64_t{1} << 32}).to(int32).item<int>(), 0);
}

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
  const Tensor most = full({1}, std::numeric_limits<int32_t>::max(), {.dtype = int32});
  EXPECT_EQ((most + 1).item<int>(), std::numeric_limits<int32_t>::min());
  EXPECT_EQ((most * 2).item<int>(), -2);
  EXPECT_EQ((full({1}, std::numeric_limits<int64_t>::max(), {.dtype = int64}) + 1).item<int64_t>(),
            std::numeric_limits<int64_t>::min());
  EXPECT_EQ((-full({1}, 1, {.dtype = uint8})).item<int>(), 255);
  EXPECT_EQ((full({1}, 200, {.dtype = uint8}) + full({1}, 100, {.dtype = uint8})).item<int>(), 44);
}
TEST(Promotion, CatPromotes) { EXPECT_EQ(cat({tensor({1}), tensor({1.5f})}).dtype(), float32); }

}  // namespace
}  // namespace ct
