// What becomes of floating numbers that a whole-number dtype does not have, on every device: the
// nearest one that it has, and 0 of NaN.
#include <gtest/gtest.h>

#include <limits>

#include "conformance/devices.hpp"
#include "customtensor/ops.hpp"
#include "support/scoped_environment.hpp"

namespace ct::test {
namespace {

class ConversionTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
    device_ = Device(GetParam());
  }
  /// Of `numbers` in each dtype of `from`, dense, with gaps and one alone, interpreted and built.
  template <class I>
  void expect_conversions(DType to, std::initializer_list<DType> from,
                          const std::vector<double>& numbers, const std::vector<I>& expected) {
    for (const char* mode : {"always", "never"}) {
      const ScopedEnvironment interpret("CT_OPENCL_INTERPRET", mode);
      for (const DType dtype : from) {
        const Tensor x = tensor(numbers).to(dtype).to(device_);
        EXPECT_EQ(x.to(to).to_vector<I>(), expected) << name(dtype) << " to " << name(to);
        const Tensor gaps = stack({x, zeros_like(x)}, 1).select(1, 0);
        EXPECT_EQ(gaps.to(to).to_vector<I>(), expected) << name(dtype) << " to " << name(to);
        Tensor target =
            zeros({static_cast<int64_t>(numbers.size())}, {.dtype = to, .device = device_});
        target.copy_(x);
        EXPECT_EQ(target.to_vector<I>(), expected) << name(dtype) << " to " << name(to);
      }
    }
  }
  Device device_;
};

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST_P(ConversionTest, WholeNumbersEndAtTheirLimits) {
  constexpr int32_t kMost = std::numeric_limits<int32_t>::max();
  constexpr int32_t kLeast = std::numeric_limits<int32_t>::min();
  const std::vector<double> numbers = {0x1p31, 3e9,  1e20, -0x1p31,   -3e9,      -1e20,
                                       kNan,   -1.5, 2.75, kInfinity, -kInfinity};
  const std::vector<int32_t> expected = {kMost, kMost, kMost, kLeast, kLeast, kLeast,
                                         0,     -1,    2,     kMost,  kLeast};
  expect_conversions(int32, {float32, float64, bfloat16}, numbers, expected);
  // What float32 does not have.
  expect_conversions<int32_t>(int32, {float64},
                              {2147483647.0, 2147483647.9, -2147483648.9, -2147483649.0},
                              {kMost, kMost, kLeast, kLeast});
}

TEST_P(ConversionTest, LongWholeNumbersEndAtTheirLimits) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  const std::vector<double> numbers = {0x1p63, 1e30, -0x1p63, -1e30,     kNan,
                                       -1.5,   2.75, 0x1p62,  kInfinity, -kInfinity};
  const std::vector<int64_t> expected = {kMost, kMost, kLeast,           kLeast, 0,
                                         -1,    2,     int64_t{1} << 62, kMost,  kLeast};
  expect_conversions(int64, {float32, float64, bfloat16}, numbers, expected);
}

TEST_P(ConversionTest, BytesEndAtTheirLimits) {
  const std::vector<double> numbers = {256, 300, 65504, -1, -129, -0.75,     kNan,
                                       255, 2.5, 0,     1,  99,   kInfinity, -kInfinity};
  const std::vector<uint8_t> expected = {255, 255, 255, 0, 0, 0, 0, 255, 2, 0, 1, 99, 255, 0};
  expect_conversions(uint8, {float32, float64, float16, bfloat16}, numbers, expected);
}

TEST_P(ConversionTest, HalfNumbersHaveNothingThatIsTooLargeButInfinity) {
  const std::vector<double> numbers = {65504, -65504, kNan, kInfinity, -kInfinity};
  expect_conversions<int32_t>(
      int32, {float16}, numbers,
      {65504, -65504, 0, std::numeric_limits<int32_t>::max(), std::numeric_limits<int32_t>::min()});
  expect_conversions<int64_t>(
      int64, {float16}, numbers,
      {65504, -65504, 0, std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()});
}

TEST_P(ConversionTest, WholeNumbersAmongThemselvesWrap) {
  const Tensor x =
      tensor(std::vector<int64_t>{300, -1, int64_t{1} << 32, (int64_t{1} << 31) + 5}).to(device_);
  EXPECT_EQ(x.to(int32).to_vector<int32_t>(),
            (std::vector<int32_t>{300, -1, 0, std::numeric_limits<int32_t>::min() + 5}));
  EXPECT_EQ(x.to(uint8).to_vector<uint8_t>(), (std::vector<uint8_t>{44, 255, 0, 5}));
}

TEST_P(ConversionTest, LongTensorsToo) {  // past what a vector or a block holds
  const int64_t n = 1000;
  const Tensor x = (arange(0, n).to(float64) * 1e7 - 5e9).to(device_);
  const auto y = x.to(int32).to_vector<int32_t>();
  for (int64_t i = 0; i < n; ++i) {
    const double exact = static_cast<double>(i) * 1e7 - 5e9;
    ASSERT_EQ(y[static_cast<size_t>(i)],
              static_cast<int32_t>(std::clamp(exact, -2147483648.0, 2147483647.0)));
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, ConversionTest, ::testing::ValuesIn(conformance_devices()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace ct::test
