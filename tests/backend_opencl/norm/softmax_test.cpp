// Softmax on the OpenCL device against the cpu's in float64: rows and columns, with parts of
// vectors and of blocks.
#include <limits>

#include "backend_opencl/custom_gpu.hpp"
#include "support/compare.hpp"

namespace ct::test {
namespace {

using OpenClSoftmax = CustomGpuTest;

TEST_F(OpenClSoftmax, EveryAxisAndItsGradient) {
  for (const Shape& shape : {Shape{5, 3}, Shape{7, 130}, Shape{4, 6, 17}, Shape{3, 9, 300},
                             Shape{2, 5, 1030}, Shape{1, 2, 1}}) {
    for (int axis = 0; axis < shape.rank(); ++axis) {
      for (const bool log : {false, true}) {
        const auto f = [&](const Tensor& t) {
          return log ? log_softmax(t, axis) : softmax(t, axis);
        };
        const Tensor x = (randn(shape) * 5.0).to(float64).requires_grad_();
        const Tensor on_gpu = x.detach().to(float32).to(gpu_).requires_grad_();
        const Tensor upstream = randn(shape);
        const Tensor expected = f(x);
        const Tensor actual = f(on_gpu);
        EXPECT_TRUE(near(actual.detach(), expected.detach(), 1e-6)) << to_string(shape) << axis;
        EXPECT_TRUE(near(grad({actual}, {on_gpu}, {.gradients = {upstream.to(gpu_)}})[0],
                         grad({expected}, {x}, {.gradients = {upstream.to(float64)}})[0], 2e-6))
            << to_string(shape) << axis;
      }
    }
  }
}

TEST_F(OpenClSoftmax, MasksAndNan) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const int axis : {0, 1}) {
    Tensor x = randn({40, 37});
    x.masked_fill_(rand({40, 37}) < 0.3, -kInfinity);
    x.select(axis, 0).fill_(0.0);  // no line is all masked
    EXPECT_TRUE(near(softmax(x.to(gpu_), axis), softmax(x, axis), 1e-6));
    // A NaN, and a line of -inf, make the whole line NaN and no other.
    x.select(1 - axis, 3).select(0, 5).fill_(std::numeric_limits<float>::quiet_NaN());
    x.select(1 - axis, 8).fill_(-kInfinity);
    const Tensor y = softmax(x.to(gpu_), axis).to("cpu");
    EXPECT_TRUE(near(isnan(y).to(float32), isnan(softmax(x, axis)).to(float32), 0));
    EXPECT_EQ(sum(isnan(y).to(int64)).item<int64_t>(), 2 * x.shape()[axis]);
  }
}

}  // namespace
}  // namespace ct::test
