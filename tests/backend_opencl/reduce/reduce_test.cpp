// Reductions on the OpenCL device against the cpu device: layouts, segments, accuracy, and that
// they repeat bit for bit.
#include <cmath>
#include <limits>

#include "backend_opencl/custom_gpu.hpp"
#include "support/compare.hpp"

namespace ct::test {
namespace {

using OpenClReduce = CustomGpuTest;

Tensor numbers(const Shape& shape, DType dtype) {
  Generator generator(3);
  return (randn(shape, {}, &generator) * 10.0).to(dtype);
}

TEST_F(OpenClReduce, EveryLayoutAgreesWithTheCpu) {
  const Tensor x = numbers({6, 35, 21}, float32);
  const Tensor y = x.to(gpu_);
  for (const Axes& axes : {Axes{}, Axes{0}, Axes{1}, Axes{2}, Axes{0, 1}, Axes{0, 2}, Axes{1, 2}}) {
    EXPECT_TRUE(near(sum(y, axes), sum(x, axes), 1e-6));
    EXPECT_EQ(amax(y, axes).to_vector<float>(), amax(x, axes).to_vector<float>());
    EXPECT_EQ(amin(y, axes).to_vector<float>(), amin(x, axes).to_vector<float>());
  }
  EXPECT_TRUE(near(mean(y.permute({2, 0, 1}), {0}), mean(x.permute({2, 0, 1}), {0}), 1e-6));
}

TEST_F(OpenClReduce, IntegersAreExact) {
  const Tensor x = numbers({5, 300}, int64) + (int64_t{1} << 40);
  EXPECT_EQ(sum(x.to(gpu_), {1}).to_vector<int64_t>(), sum(x, {1}).to_vector<int64_t>());
  EXPECT_EQ(sum(x.to(gpu_), {0}).to_vector<int64_t>(), sum(x, {0}).to_vector<int64_t>());
}

TEST_F(OpenClReduce, ANanWins) {
  Tensor x = ones({100});
  x.select(0, 57).fill_(std::numeric_limits<float>::quiet_NaN());
  EXPECT_TRUE(std::isnan(amax(x.to(gpu_)).item<float>()));
  EXPECT_TRUE(std::isnan(amin(x.to(gpu_)).item<float>()));
}

TEST_F(OpenClReduce, PlacesAreTheFirstOfEqualsAndOfNan) {
  for (const int64_t n : {7, 16, 17, 150, 300, 5000}) {
    Tensor x = floor(numbers({4, n}, float32) * 0.3);  // many ties
    x.select(0, 1).narrow(0, n / 2, n - n / 2).fill_(std::numeric_limits<float>::quiet_NaN());
    x.select(0, 2).fill_(3.0);
    for (const Tensor& t : {x, nan_to_num(x).to(int64)}) {
      EXPECT_TRUE(near(argmax(t.to(gpu_), 1), argmax(t, 1), 0)) << n;
      EXPECT_TRUE(near(argmin(t.to(gpu_), 1), argmin(t, 1), 0)) << n;
    }
  }
}

TEST_F(OpenClReduce, PlacesAlongOtherAxes) {
  for (const int64_t inner : {3, 17, 300, 1030}) {  // parts of a vector, of a block, several blocks
    Tensor x = floor(numbers({3, 9, inner}, float32) * 0.3);
    x.masked_fill_(rand(x.shape()) < 0.02, std::numeric_limits<float>::quiet_NaN());
    for (const Tensor& t : {x, nan_to_num(x).to(int64), nan_to_num(x).to(int32), x.to(float64)}) {
      EXPECT_TRUE(near(argmax(t.to(gpu_), 1), argmax(t, 1), 0)) << inner;
      EXPECT_TRUE(near(argmin(t.to(gpu_), 1), argmin(t, 1), 0)) << inner;
      const auto [values, places] = max(nan_to_num(t).to(gpu_), 1);
      EXPECT_TRUE(near(values, amax(nan_to_num(t), {1}), 0)) << inner;
    }
  }
}

TEST_F(OpenClReduce, NothingGivesTheIdentity) {
  const Tensor x = zeros({3, 0}, gpu_);
  EXPECT_EQ(sum(x, {1}).to_vector<float>(), (std::vector<float>{0, 0, 0}));
}

TEST_F(OpenClReduce, LongSumsKeepTheirDigitsAndRepeat) {
  const int64_t n = (int64_t{4} << 20) + 3;
  const Tensor x = full({n}, 0.1, gpu_);
  const float total = sum(x).item<float>();
  const double exact = static_cast<double>(0.1F) * static_cast<double>(n);
  EXPECT_NEAR(total, exact, exact * 2e-7);
  EXPECT_EQ(sum(x).item<float>(), total);
}

TEST_F(OpenClReduce, TallMatricesAreSummedInSegments) {
  const Tensor x = numbers({20000, 10}, float32);
  EXPECT_TRUE(near(sum(x.to(gpu_), {0}), sum(x, {0}), 1e-6));
}

}  // namespace
}  // namespace ct::test
