// Pooling on the OpenCL device against the cpu's: rows of whole vectors, with and without a rest.
#include <limits>

#include "backend_opencl/custom_gpu.hpp"
#include "support/compare.hpp"

namespace ct::test {
namespace {

struct Window {
  int64_t kernel, stride, padding;
};

class OpenClPoolOf : public CustomGpuTest, public ::testing::WithParamInterface<Window> {};
using OpenClPool = CustomGpuTest;

TEST_P(OpenClPoolOf, AgreesWithTheCpu) {
  const Window w = GetParam();
  for (const int64_t width : {16, 37, 50, 74}) {
    const Tensor x = randn({2, 3, 21, width}).requires_grad_();
    const Tensor on_gpu = x.detach().to(gpu_).requires_grad_();
    for (const bool largest : {true, false}) {
      const auto pool = [&](const Tensor& t) {
        return largest ? max_pool2d(t, w.kernel, {.stride = w.stride, .padding = w.padding})
                       : avg_pool2d(t, w.kernel, {.stride = w.stride, .padding = w.padding});
      };
      const Tensor expected = pool(x);
      const Tensor upstream = randn(expected.shape());
      const Tensor actual = pool(on_gpu);
      EXPECT_TRUE(near(actual.detach(), expected.detach(), 1e-6)) << width << ' ' << largest;
      EXPECT_TRUE(near(grad({actual}, {on_gpu}, {.gradients = {upstream.to(gpu_)}})[0],
                       grad({expected}, {x}, {.gradients = {upstream}})[0], 1e-6))
          << width << ' ' << largest;
    }
  }
}

/// Rows of 4, 8 and 16 windows and some more; of equals the first gets the gradient, as a NaN does.
TEST_F(OpenClPool, TiesAndNanGoToTheFirstOfAWindow) {
  for (const int64_t width : {8, 11, 16, 30, 32, 58}) {
    Tensor x = floor(randn({2, 2, 6, width}) * 2.0);
    x.masked_fill_(rand({2, 2, 6, width}) < 0.05, std::numeric_limits<float>::quiet_NaN());
    Tensor on_gpu = x.to(gpu_).requires_grad_();
    x.requires_grad_();
    const Tensor expected = max_pool2d(x, 2);
    const Tensor actual = max_pool2d(on_gpu, 2);
    EXPECT_TRUE(near(nan_to_num(actual.detach(), 99), nan_to_num(expected.detach(), 99), 0));
    EXPECT_TRUE(near(grad({actual}, {on_gpu}, {.gradients = {ones_like(actual)}})[0],
                     grad({expected}, {x}, {.gradients = {ones_like(expected)}})[0], 0))
        << width;
  }
}

TEST_F(OpenClPool, AWindowThatSeesPaddingAloneIsTheLowest) {
  const Tensor x = ones({1, 2, 1, 3});
  const auto pool = [](const Tensor& t) {
    return max_pool2d(t, {2, 1}, {.padding = {1, 0}, .dilation = {2, 1}}).to_vector<float>();
  };
  EXPECT_EQ(pool(x.to(gpu_)), std::vector<float>(6, -std::numeric_limits<float>::infinity()));
  EXPECT_EQ(pool(x), pool(x.to(gpu_)));
}

INSTANTIATE_TEST_SUITE_P(Windows, OpenClPoolOf,
                         ::testing::Values(Window{2, 2, 0}, Window{3, 2, 1}, Window{2, 3, 0},
                                           Window{4, 1, 2}));

}  // namespace
}  // namespace ct::test
