// Random tensors: repeatable by seed, equal on every device, with the right moments.
#include <gtest/gtest.h>

#include <algorithm>

#include "conformance/devices.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"

namespace ct {
namespace {

TEST(Random, SeedRepeatsTheStream) {
  manual_seed(3);
  const auto a = rand({5}).to_vector<float>();
  const auto b = rand({5}).to_vector<float>();
  manual_seed(3);
  EXPECT_EQ(rand({5}).to_vector<float>(), a);
  EXPECT_NE(a, b);
  EXPECT_EQ(rand({5}).to_vector<float>(), b);
}
TEST(Random, UniformIsThePhiloxWord) {
  Generator g(11);
  const auto values = rand({6}, {}, &g).to_vector<float>();
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(values[i], static_cast<float>(philox4x32(11, i / 4)[i % 4] >> 8) * 0x1p-24f);
  }
}
TEST(Random, DevicesDrawTheSameUniforms) {
  for (const std::string& name : test::conformance_devices()) {
    if (!test::device_available(name)) continue;
    Generator g(5);
    Generator h(5);
    EXPECT_EQ(rand({1000}, Device(name), &g).to_vector<float>(),
              rand({1000}, {}, &h).to_vector<float>());
  }
}
TEST(Random, NormalHasItsMoments) {
  Generator g(1);
  const Tensor x = randn({100000}, {.dtype = float64}, &g);
  EXPECT_NEAR(x.mean().item<double>(), 0.0, 0.02);  // 5 standard errors
  EXPECT_NEAR(x.var().item<double>(), 1.0, 0.03);
}
TEST(Random, RandintAndPermutation) {
  Generator g(2);
  const auto values = randint(-3, 4, {1000}, {}, &g).to_vector<int>();
  EXPECT_EQ(*std::min_element(values.begin(), values.end()), -3);
  EXPECT_EQ(*std::max_element(values.begin(), values.end()), 3);
  auto order = randperm(50, {}, &g).to_vector<int>();
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (int i = 0; i < 50; ++i) EXPECT_EQ(order[static_cast<size_t>(i)], i);
}
TEST(Random, DropoutScalesWhatItKeeps) {
  Generator g(4);
  const auto y = dropout(ones({10000}), 0.25, true, &g).to_vector<float>();
  const auto dropped = std::count(y.begin(), y.end(), 0.0f);
  EXPECT_NEAR(static_cast<double>(dropped), 2500, 250);
  for (const float v : y) EXPECT_TRUE(v == 0.0f || std::abs(v - 1 / 0.75f) < 1e-6f);
  EXPECT_EQ(dropout(ones({3}), 1.0).to_vector<float>(), (std::vector<float>{0, 0, 0}));
  EXPECT_EQ(dropout(ones({3}), 0.5, false).to_vector<float>(), (std::vector<float>{1, 1, 1}));
}

}  // namespace
}  // namespace ct
