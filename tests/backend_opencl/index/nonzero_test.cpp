// Positions of what is not zero on the OpenCL device.
#include "backend_opencl/custom_gpu.hpp"
#include "support/compare.hpp"

namespace ct::test {
namespace {

using OpenClNonzero = CustomGpuTest;

TEST_F(OpenClNonzero, SeesWholeNumbersWhoseLowerHalfIsZero) {
  const Tensor x =
      tensor({int64_t{1} << 32, int64_t{0}, int64_t{-1} << 40, int64_t{1}}, {.dtype = int64});
  EXPECT_TRUE(near(nonzero(x.to(gpu_)), {0, 2, 3}, 0));
}

}  // namespace
}  // namespace ct::test
