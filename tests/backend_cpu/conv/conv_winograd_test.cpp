// Winograd's convolution on the CPU: 3x3, step 1, float32, enough channels. It rounds differently
// from the direct sum, so it is compared with float64, relative to the sum of magnitudes.
#include <gtest/gtest.h>

#include <ostream>

#include "customtensor/autograd.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"
#include "support/tolerance.hpp"

namespace ct::test {
namespace {

struct Sizes {
  Shape x, w;
  ConvOptions options;
};

std::ostream& operator<<(std::ostream& out, const Sizes& s) {
  return out << s.x << " by " << s.w << ", padding " << s.options.padding.size.h << ", groups "
             << s.options.groups;
}

class ConvWinograd : public ::testing::TestWithParam<Sizes> {
 protected:
  /// result, grad_x, grad_weight, computed in `dtype` from the same numbers.
  Tensors run(DType dtype, bool magnitudes) const {
    const Sizes& s = GetParam();
    Generator generator(3);
    const auto draw = [&](const Shape& shape, bool grad) {
      Tensor t = randn(shape, {}, &generator).to(dtype);
      if (magnitudes) t = t.abs();
      return grad ? t.requires_grad_() : t;
    };
    const Tensor x = draw(s.x, true), w = draw(s.w, true), bias = draw({s.w[0]}, false);
    const Tensor y = conv2d(x, w, bias, s.options);
    Tensors all = grad({y}, {x, w}, {.gradients = {draw(y.shape(), false)}});
    all.insert(all.begin(), y.detach());
    return all;
  }
};

TEST_P(ConvWinograd, AgreesWithFloat64) {
  const Tensors actual = run(float32, false), expected = run(float64, false);
  const Tensors size = run(float64, true);
  const char* names[] = {"result", "grad_x", "grad_weight"};
  for (size_t i = 0; i < actual.size(); ++i) {
    const Tensor error = ((actual[i].to(float64) - expected[i]).abs() / (size[i] + 1e-30)).amax();
    EXPECT_LT(error.item<double>(), kWinograd32) << names[i];
  }
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, ConvWinograd,
    ::testing::Values(Sizes{{2, 17, 9, 11}, {19, 17, 3, 3}, {.padding = 1}},
                      Sizes{{2, 16, 12, 12}, {16, 16, 3, 3}, {}},
                      Sizes{{1, 33, 8, 21}, {40, 33, 3, 3}, {.padding = 2}},
                      Sizes{{9, 16, 5, 6}, {100, 16, 3, 3}, {.padding = {1, 0}}},
                      Sizes{{3, 48, 16, 16}, {32, 24, 3, 3}, {.padding = 1, .groups = 2}},
                      Sizes{{40, 64, 8, 8}, {72, 64, 3, 3}, {.padding = 1}},
                      Sizes{{2, 400, 16, 8}, {16, 400, 3, 3}, {.padding = 1}},
                      Sizes{{4, 16, 40, 4}, {16, 16, 3, 3}, {.padding = {0, 1}}}));

}  // namespace
}  // namespace ct::test
