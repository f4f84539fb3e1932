// Norms and variances where a float32 mean is coarse (one step of it is 1e-3 at 1e4), and where
// squares leave float32, against float64.
#include <gtest/gtest.h>

#include "conformance/devices.hpp"
#include "customtensor/customtensor.hpp"

namespace ct::test {
namespace {

class Statistics : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
    device_ = Device(GetParam());
  }
  Device device_;
};

struct Normalised {
  Tensor y;
  Tensors gradients;
};

Normalised normalised(const Tensor& values, bool layer, DType dtype, Device device, double eps) {
  const auto leaf = [&](const Tensor& t) {
    return t.to(dtype).to(device).detach().requires_grad_();
  };
  Generator generator(11);
  const Shape affine{values.size(1)};
  const TensorOptions wide{.dtype = float64};
  const Tensors in{leaf(values), leaf(rand(affine, wide, &generator) + 0.5),
                   leaf(rand(affine, wide, &generator))};
  const Tensor y = layer ? layer_norm(in[0], affine, in[1], in[2], eps)
                         : batch_norm(in[0], in[1], in[2], Tensor(), Tensor(), true, 0.1, eps);
  const Tensor g = (rand(values.shape(), wide, &generator) - 0.5).to(dtype).to(device);
  return {y, grad({y}, in, {.gradients = {g}})};
}

/// Largest difference over the largest number.
double distance(const Tensor& actual, const Tensor& expected) {
  const Tensor a = actual.detach().to(float64).to("cpu"), e = expected.detach();
  return ((a - e).abs().max() / e.abs().max()).item<double>();
}

TEST_P(Statistics, NormsOfNumbersFarFromZeroAreRight) {
  for (const bool layer : {true, false}) {
    for (const Shape& shape : {Shape{64, 48}, Shape{600, 5}, Shape{3, 700}}) {
      Generator generator(5);
      const Tensor values =
          (randn(shape, {.dtype = float64}, &generator) * 0.015 + 1e4).to(float32).to(float64);
      const Normalised expected = normalised(values, layer, float64, Device("cpu"), 1e-5);
      const Normalised actual = normalised(values, layer, float32, device_, 1e-5);
      SCOPED_TRACE(std::string(layer ? "layer_norm " : "batch_norm ") + to_string(shape));
      EXPECT_LT(distance(actual.y, expected.y), 1e-5);
      // Each element by itself.
      const Tensor y = actual.y.detach().to(float64).to("cpu");
      EXPECT_TRUE(((y - expected.y.detach()).abs() <= expected.y.detach().abs() * 1e-4 + 1e-6)
                      .all()
                      .item<bool>());
      for (size_t i = 0; i < 3; ++i) {
        EXPECT_LT(distance(actual.gradients[i], expected.gradients[i]), 1e-4) << i;
      }
    }
  }
}

TEST_P(Statistics, NormsOfHugeNumbersAreRight) {
  for (const bool layer : {true, false}) {
    for (const double mean : {0.0, 1e30}) {
      Generator generator(5);
      const Tensor values =
          (randn({40, 48}, {.dtype = float64}, &generator) * 1e29 + mean).to(float32).to(float64);
      const Normalised expected = normalised(values, layer, float64, Device("cpu"), 1e-5);
      const Normalised actual = normalised(values, layer, float32, device_, 1e-5);
      SCOPED_TRACE(std::string(layer ? "layer_norm " : "batch_norm ") + std::to_string(mean));
      EXPECT_LT(distance(actual.y, expected.y), 1e-4);
      for (size_t i = 0; i < 3; ++i) {
        EXPECT_LT(distance(actual.gradients[i], expected.gradients[i]), 1e-4) << i;
      }
    }
  }
}

TEST_P(Statistics, VarianceOfNumbersFarFromZeroIsRight) {
  Generator generator(5);
  const Tensor exact =
      (randn({40, 500}, {.dtype = float64}, &generator) * 0.015 + 1e4).to(float32).to(float64);
  const Tensor x = exact.to(float32).to(device_).requires_grad_();
  for (const Axes& axes : {Axes{}, Axes{0}, Axes{1}}) {
    EXPECT_LT(distance(var(x, axes), var(exact, axes)), 1e-5);
    EXPECT_LT(distance(std(x, axes), std(exact, axes)), 1e-5);
    const Tensor leaf = exact.detach().clone().requires_grad_();
    EXPECT_LT(
        distance(grad({var(x, axes).sum()}, {x})[0], grad({var(leaf, axes).sum()}, {leaf})[0]),
        1e-4);
  }
}

INSTANTIATE_TEST_SUITE_P(Conformance, Statistics, ::testing::Values("cpu", "custom_gpu"),
                         [](const auto& p) { return p.param; });

}  // namespace
}  // namespace ct::test
