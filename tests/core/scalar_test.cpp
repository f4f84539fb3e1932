// Numbers on their way into the library: exact, or refused.
#include "customtensor/scalar.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <string_view>

#include "customtensor/error.hpp"
#include "customtensor/linalg.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;

TEST(Numbers, BeyondInt64AreRefused) {
  constexpr uint64_t kHalf = uint64_t{1} << 63;
  EXPECT_EQ(Scalar(kHalf - 1).to<int64_t>(), std::numeric_limits<int64_t>::max());
  const std::string message = "number: 9223372036854775808 does not fit in int64";
  EXPECT_EQ(message_of<ValueError>([] { (void)Scalar(kHalf).to<int64_t>(); }), message);
  EXPECT_EQ(message_of<ValueError>([] { (void)Scalar(kHalf).to<uint32_t>(); }),
            "number: 9223372036854775808 does not fit in uint32");
  EXPECT_EQ(message_of<ValueError>([] { (void)ones({2}).index({kHalf}); }), message);
  EXPECT_EQ(message_of<ValueError>([] { (void)zeros(kHalf); }), message);
  EXPECT_EQ(message_of<ValueError>([] { (void)Pair(kHalf); }), message);
  EXPECT_EQ(message_of<ValueError>([] { (void)Scalar(1e30).to<int32_t>(); }),
            "number: 1e+30 does not fit in int32");
}

TEST(Numbers, BeyondInt64AreKeptExactly) {
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  EXPECT_EQ(Scalar(kMost).to<uint64_t>(), kMost);
  EXPECT_EQ(Scalar(kMost).dtype(), uint64);
  EXPECT_EQ(Scalar(kMost).to<double>(), 0x1p64);
  EXPECT_TRUE(Scalar(kMost).to<bool>());
  EXPECT_EQ(Scalar(uint64_t{7}).dtype(), int64);
  EXPECT_EQ((ones({1}) * kMost).item<float>(), 0x1p64F);
}

TEST(Numbers, ModuloIsTheSameForMinusOneAndTheMost) {
  EXPECT_EQ(Scalar(-1).modulo(), std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(Scalar(std::numeric_limits<uint64_t>::max()).modulo(), Scalar(-1).modulo());
  EXPECT_EQ(Scalar(-2.5).modulo(), Scalar(-2).modulo());
  EXPECT_EQ(Scalar(0x1p63).modulo(), uint64_t{1} << 63);
}

TEST(Numbers, TheOrderOfANormMayBeAnyText) {
  const Tensor x = tensor({{3.F, 0.F}, {0.F, 4.F}});
  const std::string name = "fro";
  EXPECT_FLOAT_EQ(linalg::matrix_norm(x, name).item<float>(), 5.F);
  EXPECT_FLOAT_EQ(linalg::matrix_norm(x, std::string("nuc")).item<float>(), 7.F);
  EXPECT_FLOAT_EQ(linalg::matrix_norm(x, std::string_view(name)).item<float>(), 5.F);
  EXPECT_FLOAT_EQ(linalg::norm(x, "fro").item<float>(), 5.F);
}

}  // namespace
}  // namespace ct
