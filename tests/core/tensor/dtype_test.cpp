// Dtypes: facts, promotion, the conversions of the half types.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <customtensor/dtype.hpp>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "customtensor/error.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(DType, HasNamesAndSizes) {
  EXPECT_EQ(name(float32), "float32");
  EXPECT_EQ(name(bfloat16), "bfloat16");
  EXPECT_EQ(name(bool_), "bool");
  EXPECT_EQ(item_size(float64), 8);
  EXPECT_EQ(item_size(float16), 2);
  EXPECT_EQ(item_size(bool_), 1);
  std::ostringstream out;
  out << int64;
  EXPECT_EQ(out.str(), "int64");
}

TEST(DType, ComputesNarrowTypesInWiderOnes) {
  EXPECT_EQ(compute_type(float16), float32);
  EXPECT_EQ(compute_type(bfloat16), float32);
  EXPECT_EQ(compute_type(uint8), int32);
  EXPECT_EQ(compute_type(bool_), int32);
  EXPECT_EQ(compute_type(float64), float64);
  EXPECT_EQ(compute_type(int64), int64);
  EXPECT_EQ(compute_type(int8), int32);
  EXPECT_EQ(compute_type(uint16), int32);
  EXPECT_EQ(compute_type(uint32), int64);
  EXPECT_EQ(compute_type(uint64), uint64);
}

TEST(DType, PromotesAsPyTorchAndNumPy) {
  // torch.promote_types, and numpy.promote_types of uint16, uint32 and uint64, which PyTorch does
  // not promote; "!" is refused. A row and a letter for each type, in the order of the enum.
  constexpr std::string_view kLetters = "fdhbilu?acUVWFD";
  std::vector<std::string> rows;
  for (int a = 0; a < kDTypeCount; ++a) {
    std::string& row = rows.emplace_back();
    for (int b = 0; b < kDTypeCount; ++b) {
      try {
        const DType type = promote_types(static_cast<DType>(a), static_cast<DType>(b));
        row += kLetters[static_cast<size_t>(type)];
      } catch (const DTypeError&) {
        row += '!';
      }
    }
  }
  EXPECT_EQ(rows, (std::vector<std::string>{
                      "fdfffffffffffFD", "dddddddddddddDD", "fdhfhhhhhhhhhFD", "fdfbbbbbbbbbbFD",
                      "fdhbiliiiiil!FD", "fdhbllllllll!FD", "fdhbiluuccUVWFD", "fdhbilu?acUVWFD",
                      "fdhbilcaacil!FD", "fdhbilccccil!FD", "fdhbilUUiiUVWFD", "fdhbllVVllVVWFD",
                      "fdhb!!WW!!WWWFD", "FDFFFFFFFFFFFFD", "DDDDDDDDDDDDDDD"}));
}

TEST(DType, NothingHoldsUint64AndSignedNumbers) {
  EXPECT_EQ(test::message_of<DTypeError>([] { promote_types(int8, uint64); }),
            "promote_types: no whole numbers hold both int8 and uint64; convert one of them with "
            ".to(dtype)");
}

TEST(Half, HoldsSmallWholeNumbersExactly) {
  EXPECT_EQ(Half(1.0F).bits, 0x3c00);
  EXPECT_EQ(Half(-2.0F).bits, 0xc000);
  EXPECT_EQ(static_cast<float>(Half(2047.0F)), 2047.0F);
  EXPECT_EQ(Half(-0.0F).bits, 0x8000);
}

TEST(Half, RoundsToNearestEven) {
  EXPECT_EQ(Half(0.1F).bits, 0x2e66);
  EXPECT_EQ(Half(1.0F + 0x1p-11F).bits, 0x3c00);             // halfway, down to even
  EXPECT_EQ(Half(1.0F + 3 * 0x1p-11F).bits, 0x3c02);         // halfway, up to even
  EXPECT_EQ(Half(1.0F + 0x1p-11F + 0x1p-20F).bits, 0x3c01);  // just above halfway
  EXPECT_EQ(Half(2.0F - 0x1p-12F).bits, 0x4000);             // carries into the exponent
}

TEST(Half, OverflowsToInfinityFromHalfwayOn) {
  EXPECT_EQ(Half(65504.0F).bits, 0x7bff);
  EXPECT_EQ(Half(65519.99F).bits, 0x7bff);
  EXPECT_EQ(Half(65520.0F).bits, 0x7c00);
  EXPECT_EQ(Half(-1e30F).bits, 0xfc00);
  EXPECT_EQ(static_cast<float>(Half(kInfinity)), kInfinity);
}

TEST(Half, HasDenormals) {
  EXPECT_EQ(Half(0x1p-14F).bits, 0x0400);
  EXPECT_EQ(Half(0x1p-24F).bits, 0x0001);
  EXPECT_EQ(Half(0x1p-25F).bits, 0x0000);  // halfway to zero, down to even
  EXPECT_EQ(Half(0x1p-25F * 1.0001F).bits, 0x0001);
  EXPECT_EQ(Half(3 * 0x1p-25F).bits, 0x0002);         // halfway, up to even
  EXPECT_EQ(Half(0x1p-14F - 0x1p-26F).bits, 0x0400);  // rounds up to the smallest normal
  EXPECT_EQ(static_cast<float>(Half(-0x1.8p-20F)), -0x1.8p-20F);
}

TEST(Half, KeepsNaN) {
  const Half nan(std::numeric_limits<float>::quiet_NaN());
  EXPECT_GT(nan.bits & 0x7fff, 0x7c00);
  EXPECT_TRUE(std::isnan(static_cast<float>(nan)));
  EXPECT_TRUE(std::isnan(static_cast<float>(Half(std::bit_cast<float>(0x7f800001U)))));
}

TEST(Half, EveryPatternSurvivesTheWayThroughFloat32) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    Half half;
    half.bits = static_cast<uint16_t>(bits);
    const auto wide = static_cast<float>(half);
    if (std::isnan(wide)) {
      EXPECT_TRUE(std::isnan(static_cast<float>(Half(wide))));
    } else {
      ASSERT_EQ(Half(wide).bits, bits);
    }
  }
}

TEST(BFloat16, RoundsToNearestEvenAndKeepsNaN) {
  EXPECT_EQ(BFloat16(1.0F).bits, 0x3f80);
  EXPECT_EQ(BFloat16(1.0F + 0x1p-8F).bits, 0x3f80);
  EXPECT_EQ(BFloat16(1.0F + 3 * 0x1p-8F).bits, 0x3f82);
  EXPECT_EQ(BFloat16(std::numeric_limits<float>::max()).bits, 0x7f80);
  EXPECT_TRUE(std::isnan(static_cast<float>(BFloat16(std::bit_cast<float>(0x7f800001U)))));
}

}  // namespace
}  // namespace ct
