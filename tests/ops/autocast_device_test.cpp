// Autocast on each device: values, parameters that are converted once, norms of two types, and what
// attention and recurrent layers keep. Which op runs in what is conformance/autocast_test.cpp's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "conformance/devices.hpp"
#include "customtensor/autocast.hpp"
#include "customtensor/autograd.hpp"
#include "customtensor/autograd_functional.hpp"
#include "customtensor/error.hpp"
#include "customtensor/fft.hpp"
#include "customtensor/linalg.hpp"
#include "customtensor/memory.hpp"
#include "customtensor/nn.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/optim.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

class AutocastDevice : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!test::device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
    device_ = Device(GetParam());
  }
  Tensor random(const Shape& shape, uint64_t seed = 1) const {
    Generator g(seed);
    return randn(shape, {}, &g).to(device_);
  }
  Device device_;
};

TEST_P(AutocastDevice, ProductsAreThoseOfConvertedOperands) {
  const Tensor a = random({3, 4}), b = random({4, 5}, 2);
  for (const DType dtype : {float16, bfloat16}) {
    const AutocastGuard autocast(dtype);
    const Tensor y = matmul(a, b);
    EXPECT_EQ(y.dtype(), dtype);
    EXPECT_TRUE(test::near(y, matmul(a.to(dtype), b.to(dtype)), 0));
  }
}

TEST_P(AutocastDevice, GradientsOfParametersAreFloat32) {
  Tensor w = random({4, 5}).requires_grad_();
  const Tensor x = random({3, 4}, 2).requires_grad_();
  Tensor y;
  {
    const AutocastGuard autocast(float16);
    y = matmul(x, w).square();
    EXPECT_EQ(y.dtype(), float16);
  }
  y.sum().backward();
  EXPECT_EQ(w.grad().dtype(), float32);
  EXPECT_EQ(x.grad().dtype(), float32);
  const Tensor grad = w.grad().clone();
  // Called inside, a backward does the same.
  w.set_grad(Tensor());
  {
    const AutocastGuard autocast(float16);
    Tensor again = matmul(x, w).square();
    again.to(float32).sum().backward();
  }
  EXPECT_TRUE(test::near(w.grad(), grad, 2e-3));
}

TEST_P(AutocastDevice, AParameterIsConvertedOnceUntilItChanges) {
  Tensor w = random({64, 64}).requires_grad_();
  const Tensor x = random({64, 64}, 2).requires_grad_().mul(1.0);
  const int64_t before = memory_report(device_).parameters;
  constexpr int64_t kBytes = 64 * 64 * 2;
  {
    const AutocastGuard autocast(bfloat16);
    const Tensor first = matmul(x, w), second = matmul(x, w);
    EXPECT_EQ(memory_report(device_).parameters - before, kBytes);
    {
      const NoGradGuard off;
      w.mul_(2);
    }
    EXPECT_TRUE(test::near(matmul(x, w), first * 2, 0));
  }
  EXPECT_EQ(memory_report(device_).parameters, before);
  {
    const AutocastGuard autocast(bfloat16, true, false);
    const Tensor first = matmul(x, w), second = matmul(x, w);
    EXPECT_EQ(memory_report(device_).parameters - before, 2 * kBytes);
  }
}

TEST_P(AutocastDevice, StepsInsideOneGuardTrain) {
  manual_seed(1);
  nn::Linear layer(8, 8);
  layer.to(device_);
  optim::SGD optimizer(layer.parameters(), {.lr = 0.1});
  const Tensor x = random({16, 8});
  const AutocastGuard autocast(bfloat16);
  double first = 0, last = 0;
  for (int step = 0; step < 20; ++step) {
    optimizer.zero_grad();
    {
      const NoGradGuard off;  // an evaluation between: what it converts is no part of the tape
      layer(x);
    }
    const Tensor loss = mse_loss(layer(x), x);
    EXPECT_EQ(loss.dtype(), float32);
    last = loss.item<double>();
    if (step == 0) first = last;
    loss.backward();
    optimizer.step();
  }
  EXPECT_LT(last, 0.9 * first);
}

TEST_P(AutocastDevice, TwoBackwardsThroughOneConversion) {
  const Tensor w = random({4, 4}).requires_grad_(), x = random({4, 4}, 2);
  const AutocastGuard autocast(bfloat16);
  const Tensor a = matmul(x, w), b = matmul(w, x);
  a.sum().backward();
  b.sum().backward();
  EXPECT_TRUE(w.grad().defined());
}

TEST_P(AutocastDevice, NormsTakeNarrowInputsBesideFloat32Weights) {
  for (const DType dtype : {float16, bfloat16}) {
    const double tolerance = dtype == float16 ? 4e-3 : 3e-2;
    const auto check = [&](const char* what, const Shape& shape, auto&& norm) {
      const int64_t channels = shape[1];
      const Tensor x = random(shape).to(dtype).to(float32), g = random(shape, 3);
      const auto run = [&](bool narrow) {
        Tensor in = (narrow ? x.to(dtype) : x.clone()).requires_grad_();
        Tensor w = (random({channels}, 4) + 2.0).requires_grad_();
        Tensor b = random({channels}, 5).requires_grad_();
        const Tensor y = norm(in, w, b);
        EXPECT_EQ(y.dtype(), narrow ? dtype : float32) << what;
        (y.to(float32) * g).sum().backward();
        EXPECT_EQ(w.grad().dtype(), float32) << what;
        Tensors all{y, in.grad(), w.grad()};
        if (b.grad().defined()) all.push_back(b.grad());
        return all;
      };
      const Tensors narrow = run(true), plain = run(false);
      ASSERT_EQ(narrow.size(), plain.size());
      for (size_t i = 0; i < plain.size(); ++i) {
        EXPECT_TRUE(test::near(narrow[i].to(float32), plain[i], tolerance))
            << what << ' ' << i << ' ' << name(dtype);
      }
    };
    check("batch_norm", {5, 4, 3, 3}, [](const Tensor& x, const Tensor& w, const Tensor& b) {
      return batch_norm(x, w, b, Tensor(), Tensor(), true);
    });
    check("layer_norm", {7, 32}, [](const Tensor& x, const Tensor& w, const Tensor& b) {
      return layer_norm(x, Shape{32}, w, b);
    });
    check("group_norm", {3, 8, 5},
          [](const Tensor& x, const Tensor& w, const Tensor& b) { return group_norm(x, 2, w, b); });
    check("instance_norm", {3, 4, 6}, [](const Tensor& x, const Tensor& w, const Tensor& b) {
      return instance_norm(x, Tensor(), Tensor(), w, b);
    });
    check("rms_norm", {7, 32}, [](const Tensor& x, const Tensor& w, const Tensor&) {
      return rms_norm(x, Shape{32}, w);
    });
  }
}

TEST_P(AutocastDevice, AttentionKeepsNoWideCopies) {
  const auto saved = [&](DType dtype) {
    const int64_t before = memory_report(device_).saved;
    const auto part = [&](uint64_t seed) {
      return random({2, 4, 64, 32}, seed).requires_grad_().mul(1.0).to(dtype);
    };
    const Tensor q = part(1), k = part(2), v = part(3);
    const Tensor y = scaled_dot_product_attention(q, k, v);
    return memory_report(device_).saved - before;
  };
  EXPECT_LE(2 * saved(float16), saved(float32));
}

TEST_P(AutocastDevice, AttentionWithDropoutDrawsTheSameAgain) {
  const auto gradient = [&](bool by_thread) {
    manual_seed(3);
    Generator own(7);
    Tensor q = random({1, 2, 16, 8}).requires_grad_();
    const AttentionOptions options{.dropout_p = 0.5, .generator = by_thread ? nullptr : &own};
    Tensor y;
    {
      const AutocastGuard autocast(float16);
      y = scaled_dot_product_attention(q, q, q, options).to(float32);
    }
    // Of y = A q, d sum(y * y) / dq along q is what scaling q gives; here: the value and the slope
    // have one mask if a second backward of the same graph gives the same.
    const Tensor first = grad({y.square().sum()}, {q}, {.retain_graph = true})[0];
    const Tensor second = grad({y.square().sum()}, {q})[0];
    EXPECT_TRUE(test::near(first, second, 0));
    // Weights are 0 or twice themselves: an exact zero of a row's gradient in v is one of the mask.
    return first;
  };
  EXPECT_TRUE(test::near(gradient(true), gradient(true), 0));
  EXPECT_TRUE(test::near(gradient(false), gradient(false), 0));
}

TEST_P(AutocastDevice, RecurrentLayersAndTransformersRun) {
  manual_seed(1);
  nn::LSTM lstm(8, 16, {.num_layers = 2, .bidirectional = true});
  nn::GRU gru(8, 16);
  nn::TransformerEncoderLayer layer(8, 2, {.dim_feedforward = 16, .dropout = 0.0});
  lstm.to(device_);
  gru.to(device_);
  layer.to(device_);
  const Tensor x = random({5, 3, 8});
  const Tensor plain = lstm(x);
  const Tensor plain_gru = gru(x);
  const Tensor plain_layer = layer(x);
  const AutocastGuard autocast(float16);
  EXPECT_EQ(lstm(x).dtype(), float16);
  EXPECT_TRUE(test::near(lstm(x).to(float32), plain, 5e-3));
  EXPECT_TRUE(test::near(gru(x).to(float32), plain_gru, 5e-3));
  EXPECT_TRUE(test::near(layer(x).to(float32), plain_layer, 1e-2));
  lstm(x).sum().backward();
  EXPECT_EQ(lstm.parameters()[0].grad().dtype(), float32);
}

TEST_P(AutocastDevice, DecompositionsAndTransformsTakeNarrowTensors) {
  const Tensor x = random({4, 4}).to(bfloat16);
  EXPECT_THROW(linalg::inv(x), DTypeError);
  const Tensor wide = x.to(float32);
  const AutocastGuard autocast(bfloat16);
  EXPECT_TRUE(test::near(linalg::inv(x), linalg::inv(wide), 0));
  EXPECT_TRUE(test::near(linalg::svd(x).s, linalg::svd(wide).s, 0));
  EXPECT_TRUE(test::near(real(fft::rfft(x)), real(fft::rfft(wide)), 0));
  EXPECT_TRUE(test::near(real(fft::rfft2(x)), real(fft::rfft2(wide)), 0));
}

TEST_P(AutocastDevice, ChangesInPlaceAndFloat64AreLeftAlone) {
  const AutocastGuard autocast(float16);
  Tensor t = random({3});
  t.exp_();
  EXPECT_EQ(t.dtype(), float32);
  const Tensor d = ones({2, 2}, {.dtype = float64, .device = Device("cpu")});
  EXPECT_EQ(matmul(d, d).dtype(), float64);
  EXPECT_EQ(arange(3, device_).sum().dtype(), int64);
}

INSTANTIATE_TEST_SUITE_P(Devices, AutocastDevice, ::testing::Values("cpu", "custom_gpu"),
                         [](const auto& p) { return p.param; });

TEST(AutocastThread, IsTheThreadsOwn) {
  const AutocastGuard autocast(bfloat16);
  std::thread([] { EXPECT_FALSE(autocast_enabled()); }).join();
}

TEST(AutocastGuard, SaysOnceThatATypeIsSlow) {
  const Tensor a = ones({2, 2});
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 3; ++i) {
    const AutocastGuard autocast(float16);
    matmul(a, a);
  }
  const std::string first = ::testing::internal::GetCapturedStderr();
  // Once a process: another test may have been first.
  const std::string line =
      "customtensor: autocast: float16 on cpu is slower than float32, in which its kernels "
      "compute; "
      "it saves memory\n";
  EXPECT_TRUE(first.empty() || first == line) << first;
}

}  // namespace
}  // namespace ct
