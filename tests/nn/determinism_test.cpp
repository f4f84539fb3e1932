// Training is bit-for-bit the same on any number of threads, and over repeated runs.
#include <gtest/gtest.h>

#include <cstring>

#include "customtensor/customtensor.hpp"
#include "customtensor/threads.hpp"

namespace {

using namespace ct;

/// Every kind of layer whose kernels cut work into pieces.
struct Net : nn::Module {
  nn::Conv2d conv1{1, 16, 3, {.padding = 1}}, conv2{16, 32, 3, {.stride = 2, .padding = 1}};
  nn::Conv2d depthwise{32, 32, 3, {.padding = 1, .groups = 32}};
  nn::BatchNorm2d norm{16};
  nn::Dropout dropout{0.3};
  nn::Linear fc1{32 * 7 * 7, 64}, fc2{64, 10};
  void members(nn::Members& m) override {
    m("conv1", conv1);
    m("norm", norm);
    m("conv2", conv2);
    m("depthwise", depthwise);
    m("dropout", dropout);
    m("fc1", fc1);
    m("fc2", fc2);
  }
  Tensor forward(const Tensor& x) override {
    Tensor h = max_pool2d(relu(norm(conv1(x))), 2);
    h = avg_pool2d(gelu(depthwise(conv2(h))), 1).flatten(1);
    return fc2(dropout(relu(fc1(h))));
  }
};

struct Outcome {
  std::vector<float> losses;
  std::vector<std::vector<float>> weights;
};

Outcome train(int threads) {
  set_num_threads(threads);
  manual_seed(1);
  Net model;
  optim::Adam optimizer(model.parameters(), {.lr = 1e-3});
  Outcome outcome;
  for (int step = 0; step < 4; ++step) {
    const Tensor x = rand({48, 1, 28, 28});
    const Tensor y = randint(0, 10, {48});
    optimizer.zero_grad();
    const Tensor loss = cross_entropy(model(x), y);
    loss.backward();
    optimizer.step();
    outcome.losses.push_back(loss.item<float>());
  }
  for (const Tensor& p : model.parameters()) outcome.weights.push_back(p.to_vector<float>());
  return outcome;
}

void expect_bitwise_equal(const Outcome& a, const Outcome& b) {
  ASSERT_EQ(a.losses.size(), b.losses.size());
  EXPECT_EQ(std::memcmp(a.losses.data(), b.losses.data(), a.losses.size() * sizeof(float)), 0);
  ASSERT_EQ(a.weights.size(), b.weights.size());
  for (size_t i = 0; i < a.weights.size(); ++i) {
    ASSERT_EQ(a.weights[i].size(), b.weights[i].size());
    EXPECT_EQ(
        std::memcmp(a.weights[i].data(), b.weights[i].data(), a.weights[i].size() * sizeof(float)),
        0)
        << "parameter " << i;
  }
}

TEST(Determinism, LossesAndWeightsAreEqualOnOneTwoAndFourThreads) {
  const int before = num_threads();
  const Outcome one = train(1);
  expect_bitwise_equal(one, train(2));
  expect_bitwise_equal(one, train(4));
  expect_bitwise_equal(one, train(3));
  set_num_threads(before);
}

TEST(Determinism, RepeatedRunsAreEqual) { expect_bitwise_equal(train(2), train(2)); }

}  // namespace
