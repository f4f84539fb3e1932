// How exact functions are on every device, by its own kernels and by those of its driver: against
// float64, at dense floats and at the points where they were once wrong.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "conformance/devices.hpp"
#include "customtensor/autograd.hpp"
#include "customtensor/ops.hpp"
#include "support/special_functions.hpp"
#include "support/ulp.hpp"

namespace ct::test {
namespace {

class FunctionTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
    device_ = Device(GetParam());
  }
  bool has_kernels_of_its_own() const { return GetParam() == "custom_gpu"; }

  template <class T>
  std::vector<T> values(const Tensor& x, Tensor (*f)(const Tensor&)) const {
    return f(x.to(device_)).to_vector<T>();
  }
  /// The worst error of f at x, in ulp of float32.
  void expect_within(double most, const std::vector<float>& x, const std::vector<float>& y,
                     double (*exact)(double), const char* what) const {
    double worst = 0;
    size_t at = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      const double error = ulp_distance(y[i], exact(static_cast<double>(x[i])));
      if (error > worst) {
        worst = error;
        at = i;
      }
    }
    EXPECT_LE(worst, most) << what << "(" << x[at] << ") = " << y[at];
  }
  std::vector<float> slopes(const std::vector<float>& x, Tensor (*f)(const Tensor&)) const {
    Tensor leaf = tensor(x).to(device_).requires_grad_();
    f(leaf).sum().backward();
    return leaf.grad().to_vector<float>();
  }
  Device device_;
};

/// Floats of every size from `low` to `high`, and some hundred thousand in between.
std::vector<float> floats_between(float low, float high) {
  std::vector<float> x;
  for (uint64_t bits = 0; bits <= 0xffffffffU; bits += 65521) {
    const auto v = std::bit_cast<float>(static_cast<uint32_t>(bits));
    if (v >= low && v <= high) x.push_back(v);
  }
  for (int i = 0; i <= 200000; ++i) {
    x.push_back(low + (high - low) * static_cast<float>(i) / 200000);
  }
  return x;
}
constexpr float kMost = std::numeric_limits<float>::max();

TEST_P(FunctionTest, TangentAndHyperbolicCosineAreExact) {
  const auto x = floats_between(-20, 20);
  expect_within(has_kernels_of_its_own() ? 1.5 : 4.0, x, values<float>(tensor(x), tan), std::tan,
                "tan");
  expect_within(1.5, x, values<float>(tensor(x), cosh), std::cosh, "cosh");
  const auto any = floats_between(-kMost, kMost);
  expect_within(has_kernels_of_its_own() ? 1.5 : 4.0, any, values<float>(tensor(any), tan),
                std::tan, "tan");
}

TEST_P(FunctionTest, AnglesAreReducedWhateverTheirSize) {
  const auto x = floats_between(-kMost, kMost);
  expect_within(2.0, x, values<float>(tensor(x), sin), std::sin, "sin");
  expect_within(2.0, x, values<float>(tensor(x), cos), std::cos, "cos");
}

TEST_P(FunctionTest, SmallAnglesBesideLargeOnesStayExact) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const DType dtype : {float32, float16}) {
    const double tolerance = dtype == float32 ? 2e-7 : 1e-3;
    for (const float beside : {1e10f, -3e7f, infinity}) {
      if (dtype == float16 && std::isfinite(beside)) continue;
      const Tensor x = tensor({1e-3f, beside, 5e-3f, -2e-4f}).to(device_).to(dtype);
      const auto check = [&](Tensor (*f)(const Tensor&), double (*exact)(double),
                             double (*slope)(double)) {
        Tensor leaf = x.detach().clone().requires_grad_();
        const Tensor y = f(leaf);
        y.sum().backward();
        const auto in = x.to_vector<double>(), out = y.to_vector<double>();
        const auto grad = leaf.grad().to_vector<double>();
        for (const size_t i : {0, 2, 3}) {
          EXPECT_NEAR(out[i], exact(in[i]), tolerance * std::abs(exact(in[i]))) << beside;
          EXPECT_NEAR(grad[i], slope(in[i]), tolerance * std::abs(slope(in[i]))) << beside;
        }
      };
      check(sin, std::sin, std::cos);
      check(cos, std::cos, [](double v) { return -std::sin(v); });
      check(tan, std::tan, [](double v) { return 1 + std::tan(v) * std::tan(v); });
    }
  }
}

TEST_P(FunctionTest, RemaindersBesideAZeroDividendAreExact) {
  const std::vector<double> huge = {1e308, 0, -1e308, 1e300, 9.5, 0, -1e-300, 1e17};
  for (const DType dtype : {float32, float64}) {
    const Tensor x = tensor({9.5, 9.5, 0., 9.5, 9.5, -9.5, 9.5, 9.5}).to(dtype).to(device_);
    EXPECT_EQ(remainder(x, 3.0).to_vector<double>(),
              (std::vector<double>{0.5, 0.5, 0, 0.5, 0.5, 2.5, 0.5, 0.5}));
    EXPECT_EQ(fmod(x, 3.0).to_vector<double>(),
              (std::vector<double>{0.5, 0.5, 0, 0.5, 0.5, -0.5, 0.5, 0.5}));
    EXPECT_EQ(floor_divide(x, 3.0).to_vector<double>(),
              (std::vector<double>{3, 3, 0, 3, 3, -4, 3, 3}));
  }
  // Quotients of up to 2098 binary digits.
  for (const double divisor : {3e-324, 3e-300, 7.1, 1e305}) {
    const auto y = fmod(tensor(huge).to(device_), divisor).to_vector<double>();
    for (size_t i = 0; i < huge.size(); ++i)
      EXPECT_EQ(y[i], std::fmod(huge[i], divisor)) << huge[i];
  }
}

TEST_P(FunctionTest, NearTheEndsOfTheRange) {
  const double last = 709.78271289338397;  // whose exponential is finite
  const std::vector<double> x = {last, 709.78271289338, 709, 710};
  const auto e = exp(tensor(x).to(device_)).to_vector<double>();
  EXPECT_LE(ulp_distance(e[0], std::exp(last)), 2);
  EXPECT_LE(ulp_distance(e[1], std::exp(709.78271289338)), 2);
  EXPECT_LE(ulp_distance(e[2], std::exp(709.)), 2);
  EXPECT_EQ(e[3], std::numeric_limits<double>::infinity());
  const auto p = [&](int64_t n, const Tensor& x) {
    return polygamma(n, x.to(device_)).to_vector<double>()[0];
  };
  EXPECT_NEAR(p(1, tensor({2e19f})), 5e-20, 1e-26);
  EXPECT_NEAR(p(2, tensor({3e18f})), -1.0 / 9e36, 1e-43);
  EXPECT_NEAR(p(1, tensor(std::vector<double>{1e200})), 1e-200, 1e-212);
  EXPECT_NEAR(p(40, tensor({100.f})), -2.47553945e-34, 1e-41);  // 40! is not a float
  EXPECT_LE(ulp_distance(lgamma(tensor({4.0382417e36f}).to(device_)).to_vector<float>()[0],
                         std::lgamma(static_cast<double>(4.0382417e36f))),
            1);
}

TEST_P(FunctionTest, DigammaAndLgammaAreExactNearTheirRoots) {
  const auto x = floats_between(-6, 20);
  expect_within(1.0, x, values<float>(tensor(x), ct::digamma), test::digamma, "digamma");
  expect_within(1.0, x, values<float>(tensor(x), ct::lgamma), std::lgamma, "lgamma");
}

TEST_P(FunctionTest, DenormalNumbersComeThrough) {
  const float least = std::numeric_limits<float>::denorm_min();
  const Tensor x = tensor({least, -least, 3 * least, 0.f, -0.f});
  for (const auto f : {expm1, sinh}) {
    EXPECT_EQ(bits_of_floats(values<float>(x, f)), bits_of_floats(x.to_vector<float>()));
  }
}

Tensor gelu_by_erf(const Tensor& x) { return gelu(x); }
Tensor gelu_by_tanh(const Tensor& x) { return gelu(x, GeluApproximation::tanh); }

TEST_P(FunctionTest, GeluIsExactInItsTail) {
  auto x = floats_between(-20, 10);
  for (const float v : {-1e30f, -kMost, 1e30f, kMost, std::numeric_limits<float>::infinity()}) {
    x.push_back(v);
    x.push_back(-v);
  }
  expect_within(4.0, x, values<float>(tensor(x), gelu_by_erf), gelu, "gelu");
  expect_within(4.0, x, values<float>(tensor(x), gelu_by_tanh), gelu_tanh, "gelu by tanh");
  const auto y = gelu_by_erf(tensor({-5.f, -6.f}).to(device_)).to_vector<float>();
  EXPECT_NEAR(y[0], -1.43326e-6, 1e-11);
  EXPECT_NEAR(y[1], -5.9195e-9, 1e-13);
}

TEST_P(FunctionTest, SlopesOfGeluAreExactButAboutTheirRoot) {
  for (const auto& [low, high] : {std::pair{-20.f, -1.5f}, std::pair{-0.3f, 10.f}}) {
    const auto x = floats_between(low, high);
    expect_within(6.0, x, slopes(x, gelu_by_erf), gelu_slope, "slope of gelu");
    expect_within(6.0, x, slopes(x, gelu_by_tanh), gelu_tanh_slope, "slope of gelu by tanh");
  }
  const float infinity = std::numeric_limits<float>::infinity();
  for (const auto f : {gelu_by_erf, gelu_by_tanh}) {
    EXPECT_EQ(slopes({-infinity, infinity}, f), (std::vector<float>{0, 1}));
  }
  const auto x = floats_between(-1.5f, -0.3f);
  const auto exact = slopes(x, gelu_by_erf), approximate = slopes(x, gelu_by_tanh);
  for (size_t i = 0; i < x.size(); ++i) {
    ASSERT_NEAR(exact[i], gelu_slope(static_cast<double>(x[i])), 1.2e-7) << x[i];
    ASSERT_NEAR(approximate[i], gelu_tanh_slope(static_cast<double>(x[i])), 1.2e-7) << x[i];
  }
}

TEST_P(FunctionTest, GeluOfDoublesIsExactInItsTail) {
  std::vector<double> x;
  for (double v = -36; v < 8; v += 0.0137) x.push_back(v);
  const auto y = gelu_by_erf(tensor(x).to(device_)).to_vector<double>();
  const auto t = gelu_by_tanh(tensor(x).to(device_)).to_vector<double>();
  for (size_t i = 0; i < x.size(); ++i) {
    ASSERT_LE(ulp_distance(y[i], gelu(x[i])), 5.0) << x[i];
    if (x[i] > -20) {
      ASSERT_LE(ulp_distance(t[i], gelu_tanh(x[i])), 5.0) << x[i];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, FunctionTest, ::testing::ValuesIn(conformance_devices()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace ct::test
