// Pooling on the OpenCL device against the cpu's: rows of whole vectors, with and without a rest.
#include "backend_opencl/custom_gpu.hpp"
#include "support/compare.hpp"

namespace ct::test {
namespace {

struct Window {
  int64_t kernel, stride, padding;
};

class OpenClPool : public CustomGpuTest, public ::testing::WithParamInterface<Window> {};

TEST_P(OpenClPool, AgreesWithTheCpu) {
  const Window w = GetParam();
  for (const int64_t width : {16, 37, 50}) {
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

INSTANTIATE_TEST_SUITE_P(Windows, OpenClPool,
                         ::testing::Values(Window{2, 2, 0}, Window{3, 2, 1}, Window{2, 3, 0},
                                           Window{4, 1, 2}));

}  // namespace
}  // namespace ct::test
