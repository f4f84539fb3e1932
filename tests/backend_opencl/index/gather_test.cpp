// Gathering on the OpenCL device: rows that are copied as a whole, of every size of element, beside
// those that are picked an element at a time.
#include "backend_opencl/custom_gpu.hpp"
#include "support/compare.hpp"

namespace ct::test {
namespace {

using OpenClGather = CustomGpuTest;

Tensor numbers(const Shape& shape, DType dtype) {
  Generator generator(9);
  return floor(rand(shape, {}, &generator) * 200.0).to(dtype);
}

TEST_F(OpenClGather, CopiesWholeRows) {
  const Tensor at = tensor({3, 0, 49, 3, 17}, {.dtype = int64});
  for (const DType dtype : {float32, float64, float16, uint8}) {
    for (const int64_t width : {1, 15, 16, 64, 100, 131}) {
      const Tensor x = numbers({50, width}, dtype);
      const Tensor expected = x.index_select(0, at);
      EXPECT_TRUE(near(x.to(gpu_).index_select(0, at.to(gpu_)), expected, 0)) << width;
      const Tensor wide = numbers({50, 2 * width}, dtype);  // rows with something between them
      EXPECT_TRUE(near(wide.to(gpu_).narrow(1, 1, width).index_select(0, at.to(gpu_)),
                       wide.narrow(1, 1, width).index_select(0, at), 0))
          << width;
    }
  }
}

TEST_F(OpenClGather, PicksElements) {
  const Tensor x = numbers({40, 90}, float32);
  const Tensor at = (numbers({7, 90}, float32) * 0.19).to(int64);
  EXPECT_TRUE(near(x.to(gpu_).gather(0, at.to(gpu_)), x.gather(0, at), 0));
  EXPECT_TRUE(near(x.to(gpu_).t().index_select(1, at.select(0, 0).to(gpu_)),
                   x.t().index_select(1, at.select(0, 0)), 0));
}

}  // namespace
}  // namespace ct::test
