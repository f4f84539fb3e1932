// The contract's snippets on tensors and gradients compile and mean what they say.
#include <gtest/gtest.h>

#include <sstream>

#include "customtensor/customtensor.hpp"
#include "support/compare.hpp"

namespace {

TEST(Api, Tensors) {
  ct::Device gpu("cpu");
  auto x = ct::tensor({1.f, 2.f, 3.f, 4.f}, gpu);
  auto y = ct::tensor({5, 6, 7, 8}, {.dtype = ct::float32, .device = gpu});
  auto z = x + y;
  EXPECT_EQ(z.to_vector<float>(), (std::vector<float>{6, 8, 10, 12}));
  auto a = ct::randn({3, 4}, gpu), b = ct::randn({4, 2}, gpu);
  auto c = ct::matmul(a, b);
  EXPECT_TRUE(ct::test::near(a.matmul(b), c, 0));

  auto m = ct::arange(24, {.dtype = ct::float32}).reshape({2, 3, 4});
  auto row = m.index({1, ct::Slice(0, 2), ct::Ellipsis});
  EXPECT_EQ(row.shape(), (ct::Shape{2, 4}));
  EXPECT_TRUE(row.shares_storage(m));
  auto s = m.sum({0, 2}, /*keepdim=*/true);
  EXPECT_EQ(s.shape(), (ct::Shape{1, 3, 1}));
  std::vector<float> host = m.to_vector<float>();
  float v = m.sum().item<float>();
  EXPECT_EQ(v, 276.f);
  EXPECT_EQ(host[23], 23.f);
  std::ostringstream out;
  out << m << '\n';
  EXPECT_FALSE(out.str().empty());
  float memory[6] = {0, 1, 2, 3, 4, 5};
  float* ptr = memory;
  auto raw = ct::from_blob(ptr, {2, 3});
  EXPECT_EQ(raw.data<float>(), ptr);
}

TEST(Api, Gradients) {
  auto a = ct::randn({3, 4});
  auto w = ct::randn({4, 2}, {.requires_grad = true});
  auto loss = (ct::matmul(a.to("cpu"), w) - 1).pow(2).mean();
  loss.backward();
  EXPECT_EQ(w.grad().shape(), w.shape());
  auto loss2 = (w * w * w).sum();
  auto g = ct::grad({loss2}, {w}, {.create_graph = true});
  EXPECT_TRUE(g[0].requires_grad());
  const float before = w.to_vector<float>()[0];
  const float slope = w.grad().to_vector<float>()[0];
  {
    ct::NoGradGuard off;
    w -= 0.1 * w.grad();
  }
  EXPECT_FLOAT_EQ(w.to_vector<float>()[0], before - 0.1f * slope);
  w.register_hook([](const ct::Tensor& h) { return h * 2; });
}

}  // namespace
