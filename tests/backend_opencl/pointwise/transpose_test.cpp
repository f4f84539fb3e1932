// Copies between transposed layouts on the OpenCL device: every size of element, sizes that leave
// parts of tiles, other axes around.
#include "backend_opencl/custom_gpu.hpp"
#include "customtensor/backend.hpp"
#include "support/compare.hpp"

namespace ct::test {
namespace {

class OpenClTranspose : public CustomGpuTest, public ::testing::WithParamInterface<DType> {};

Tensor numbers(const Shape& shape, DType dtype) {
  Generator generator(8);
  return floor(rand(shape, {}, &generator) * 200.0).to(dtype);
}

TEST_P(OpenClTranspose, GivesTheElementsOfTheCpu) {
  for (const auto& [shape, order] :
       std::vector<std::pair<Shape, Axes>>{{{256, 256}, {1, 0}},
                                           {{67, 1031}, {1, 0}},
                                           {{1031, 67}, {1, 0}},
                                           {{3, 45, 17, 29}, {0, 2, 3, 1}},
                                           {{3, 17, 29, 45}, {0, 3, 1, 2}},
                                           {{20, 4, 31, 33}, {3, 1, 2, 0}},
                                           {{5, 33, 2, 7, 40}, {4, 2, 3, 1, 0}}}) {
    const Tensor x = numbers(shape, GetParam());
    EXPECT_TRUE(near(x.to(gpu_).permute(order).contiguous(), x.permute(order).contiguous(), 0))
        << to_string(shape);
  }
}

TEST_P(OpenClTranspose, WindowsAndReversedAxes) {
  const Tensor x = numbers({5, 150, 300}, GetParam());
  const auto window = [](const Tensor& t) {
    return t.flip({0}).narrow(1, 3, 141).narrow(2, 7, 211).permute({0, 2, 1});
  };
  EXPECT_TRUE(near(window(x.to(gpu_)).contiguous(), window(x).contiguous(), 0));
  // Into a window of another tensor.
  Tensor target = zeros({5, 300, 160}, {.dtype = GetParam(), .device = gpu_});
  target.narrow(1, 7, 211).narrow(2, 5, 141).copy_(window(x.to(gpu_)));
  EXPECT_TRUE(near(target.narrow(1, 7, 211).narrow(2, 5, 141), window(x).contiguous(), 0));
  EXPECT_EQ(sum(target.to(float32)).item<float>(), sum(window(x).to(float32)).item<float>());
}

TEST_P(OpenClTranspose, OperandsThatLieAcross) {
  const Tensor x = numbers({200, 300}, GetParam());
  const Tensor y = numbers({300, 200}, GetParam());
  const Tensor row = numbers({200}, GetParam());
  const auto both = [&](auto f) {
    EXPECT_TRUE(near(f(x.to(gpu_), y.to(gpu_), row.to(gpu_)), f(x, y, row), 0));
  };
  using Three = const Tensor&;
  both([](Three a, Three b, Three) { return a.t() + b; });
  both([](Three a, Three b, Three) { return a + b.t(); });
  both([](Three a, Three b, Three) { return a.t() - a.t().flip({0}) + b.flip({1}); });
  both([](Three a, Three b, Three r) { return where(a.t() > r, b, r); });
  both([](Three a, Three b, Three) {  // broadcast along the first axis
    return a.t().unsqueeze(0) + stack({b, b, b});
  });
  both([](Three a, Three b, Three) { return a.t().to(float32) + b; });
  Tensor in_place = y.to(gpu_).clone();
  in_place.add_(x.to(gpu_).t());
  EXPECT_TRUE(near(in_place, y + x.t(), 0));
  Tensor square = x.narrow(1, 0, 200).to(gpu_).contiguous();
  square.add_(square.t());
  EXPECT_TRUE(near(square, x.narrow(1, 0, 200) + x.narrow(1, 0, 200).t(), 0));
}

INSTANTIATE_TEST_SUITE_P(Types, OpenClTranspose,
                         ::testing::Values(float32, float64, float16, int64, uint8),
                         [](const auto& type) { return std::string(name(type.param)); });

}  // namespace
}  // namespace ct::test
