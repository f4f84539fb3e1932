// Search, positions and draws on the OpenCL device: the same numbers as on the cpu device, from
// sizes of several blocks and from awkward layouts, and none of them on the host.
#include <limits>

#include "backend_opencl/custom_gpu.hpp"
#include "customtensor/backend.hpp"
#include "support/compare.hpp"

namespace ct::test {
namespace {

class OpenClSearch : public CustomGpuTest {
 protected:
  void SetUp() override {
    CustomGpuTest::SetUp();
    reset_fallbacks();
  }
  static void expect_no_fallback(const std::string& family) {
    for (const FallbackCount& count : fallbacks()) EXPECT_NE(count.family, family);
  }
};

Tensor numbers(const Shape& shape, uint64_t seed) {
  Generator generator(seed);
  return floor(rand(shape, {}, &generator) * 50.0);
}

TEST_F(OpenClSearch, FindsThePlacesOfTheCpu) {
  for (const DType dtype : {float32, float16, int32, int64, uint8}) {
    for (const int64_t n : {1, 2, 3, 64, 1000}) {
      const Tensor rows = sort(numbers({3, n}, 1).to(dtype), 1).first;
      const Tensor one = sort(numbers({n}, 2).to(dtype)).first;
      for (const int64_t columns : {1, 5, 43}) {
        const Tensor values = numbers({3, columns}, 3).to(dtype);
        for (const bool right : {false, true}) {
          EXPECT_TRUE(near(searchsorted(rows.to(gpu_), values.to(gpu_), {.right = right}),
                           searchsorted(rows, values, {.right = right}), 0));
          EXPECT_TRUE(near(bucketize(values.to(gpu_), one.to(gpu_), right),
                           bucketize(values, one, right), 0));
        }
      }
    }
  }
  expect_no_fallback("search");
}

TEST_F(OpenClSearch, NanGoesToTheEndAndNothingToTheBeginning) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const Tensor sorted = tensor({1.0, 2.0, kNan}).to(gpu_);
  EXPECT_TRUE(near(searchsorted(sorted, tensor({kNan, 2.0, 9.0}).to(gpu_)), {3, 1, 3}, 0));
  EXPECT_TRUE(near(searchsorted(zeros({0}, gpu_), tensor({1.0}).to(gpu_)), {0}, 0));
}

TEST_F(OpenClSearch, PositionsComeInOrder) {
  for (const DType dtype : {bool_, float32, bfloat16, int64}) {
    const Tensor x = (numbers({5, 70, 301}, 4) > 35.0).to(dtype);
    const Tensor expected = nonzero(x);
    EXPECT_TRUE(near(nonzero(x.to(gpu_)), expected, 0)) << name(dtype);
    EXPECT_TRUE(near(nonzero(x.to(gpu_).permute({2, 0, 1})), nonzero(x.permute({2, 0, 1})), 0));
  }
  expect_no_fallback("nonzero");
}

TEST_F(OpenClSearch, PositionsOfFewAndOfNone) {
  Tensor x = zeros({200000});
  x.select(0, 170001).fill_(std::numeric_limits<float>::quiet_NaN());
  EXPECT_TRUE(near(nonzero(x.to(gpu_)), tensor({{170001}}, {.dtype = int64}), 0));
  EXPECT_EQ(nonzero(zeros({40, 3}, gpu_)).shape(), (Shape{0, 2}));
  EXPECT_EQ(nonzero(tensor(2.0).to(gpu_)).shape(), (Shape{1, 0}));
  EXPECT_TRUE(near(masked_select(x.to(gpu_) == 0.0, isnan(x).to(gpu_)), {0}, 0));
}

TEST_F(OpenClSearch, DrawsTheCategoriesOfTheCpu) {
  const Tensor weights = numbers({3, 1000}, 5) * (numbers({3, 1000}, 6) > 20.0).to(float32);
  for (const bool replacement : {false, true}) {
    for (const int64_t samples : {1, 30, 400}) {
      Generator here(7);
      Generator there(7);
      const Tensor expected = multinomial(weights, samples, replacement, &here);
      const Tensor actual = multinomial(weights.to(gpu_), samples, replacement, &there);
      EXPECT_TRUE(near(actual, expected, 0)) << replacement << samples;
      EXPECT_TRUE((weights.gather(1, actual.to(Device("cpu"))) > 0.0).all().item<bool>());
    }
  }
}

}  // namespace
}  // namespace ct::test
