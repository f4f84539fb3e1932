// float16 and bfloat16 where a result in between would leave their range: sums that are divided
// later, squares, counts of ties, scores, moments. The sweep over all ops is narrow_sweep_test.cpp.
#include <gtest/gtest.h>

#include <cmath>

#include "conformance/devices.hpp"
#include "customtensor/customtensor.hpp"
#include "support/compare.hpp"

namespace ct::test {
namespace {

constexpr DType kNarrow[] = {float16, bfloat16};

class Narrow : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!device_available(GetParam())) GTEST_SKIP() << "DEVICE MISSING: " << GetParam();
    device_ = Device(GetParam());
  }
  Tensor of(std::initializer_list<double> values, DType dtype = float16) const {
    return tensor(values, {.dtype = dtype, .device = device_}).requires_grad_();
  }
  Tensor filled(const Shape& shape, double value, DType dtype = float16) const {
    return full(shape, value, {.dtype = dtype, .device = device_}).requires_grad_();
  }
  Device device_;
};

/// `n` numbers that each are `value` rounded to x's dtype.
::testing::AssertionResult all_are(const Tensor& x, double value) {
  const Tensor rounded = full({}, value, {.dtype = float64, .device = "cpu"}).to(x.dtype());
  const auto differ = x.to("cpu").ne(rounded).sum().item<int64_t>();
  if (differ == 0) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure()
         << differ << " of " << x.numel() << " are not " << rounded.item<double>()
         << ", the first is " << x.reshape({-1}).index({0}).item<double>();
}

TEST_P(Narrow, TiesOfManyShareTheGradient) {
  const int64_t n = 70000;
  for (const DType dtype : kNarrow) {
    const auto check = [&](const char* op, const auto& extreme) {
      const Tensor x = filled({n}, 1, dtype);
      extreme(x).backward();
      EXPECT_TRUE(all_are(x.grad(), 1.0 / static_cast<double>(n))) << op << ' ' << name(dtype);
    };
    check("max", [](const Tensor& x) { return x.max(); });
    check("min", [](const Tensor& x) { return x.min(); });
    check("amax", [](const Tensor& x) { return x.amax(); });
    check("amin", [](const Tensor& x) { return x.amin({0}); });
    check("aminmax", [](const Tensor& x) { return aminmax(x).second; });
    check("median", [](const Tensor& x) { return median(x); });
    check("nanmedian", [](const Tensor& x) { return nanmedian(x); });
    check("norm", [](const Tensor& x) { return norm(x, INFINITY); });
    check("mean", [](const Tensor& x) { return x.mean(); });
  }
}

TEST_P(Narrow, TiesOfManyShareTheGradientOfScatterReduce) {
  const int64_t n = 70000;
  for (const char* reduce : {"amax", "amin", "mean"}) {
    const Tensor src = filled({n}, 1);
    const Tensor x = filled({1}, 1);
    scatter_reduce(x, 0, zeros({n}, {.dtype = int64, .device = device_}), src, reduce)
        .sum()
        .backward();
    EXPECT_TRUE(all_are(src.grad(), 1.0 / static_cast<double>(n + 1))) << reduce;
    EXPECT_TRUE(all_are(x.grad(), 1.0 / static_cast<double>(n + 1))) << reduce;
  }
  const Tensor many = filled({4}, 40000);
  EXPECT_TRUE(all_are(scatter_reduce(filled({1}, 40000), 0,
                                     zeros({4}, {.dtype = int64, .device = device_}), many, "mean"),
                      40000));
}

TEST_P(Narrow, DeviationOfLargeNumbersIsFinite) {
  const Tensor x = of({0, 600});
  const Tensor y = x.std();
  EXPECT_TRUE(all_are(y, 424.26406871));
  y.backward();
  EXPECT_TRUE(near(x.grad(), {-0.70710678, 0.70710678}, 5e-4));
  EXPECT_TRUE(all_are(std_mean(x).first, 424.26406871));
  EXPECT_TRUE(all_are(norm(of({6e4, 0})), 6e4));
}

TEST_P(Narrow, LargeScoresOfAttentionAreFinite) {
  const Tensor q = filled({2, 4}, 200),
               k = of({200, 200, 200, 200, 190, 190, 190, 190}).reshape({2, 4});
  const Tensor v = of({1, 2}).reshape({2, 1});
  const Tensors in{q, v};
  const Tensor y = scaled_dot_product_attention(q, k, v);  // scores of 80000 and 76000
  EXPECT_TRUE(all_are(y, 1.0));
  for (const Tensor& g : grad({y.sum()}, in)) EXPECT_TRUE(isfinite(g).all().item<bool>());
  Generator generator(1);
  const Tensor dropped =
      scaled_dot_product_attention(q, k, v, {.dropout_p = 0.25, .generator = &generator});
  EXPECT_TRUE(isfinite(dropped).all().item<bool>());
}

TEST_P(Narrow, LossesOfManyRowsAreTheirMean) {
  for (const int64_t n : {int64_t{65519}, int64_t{70000}}) {
    const Tensor logits = filled({n, 2}, 0);
    const Tensor targets = zeros({n}, {.dtype = int64, .device = device_});
    const Tensor loss = cross_entropy(logits, targets);
    EXPECT_TRUE(all_are(loss, std::log(2.0)));
    loss.backward();
    EXPECT_TRUE(all_are(logits.grad().select(1, 0), -0.5 / static_cast<double>(n)));
    EXPECT_TRUE(all_are(nll_loss(filled({n, 2}, -1.5), targets), 1.5));
    EXPECT_TRUE(all_are(cross_entropy(logits, targets, {.label_smoothing = 0.25}), std::log(2.0)));
    EXPECT_TRUE(all_are(mse_loss(filled({n}, 300), filled({n}, 90)), 44100.0));
  }
  const Tensor a = filled({70000}, 300), b = filled({70000}, 90);
  mse_loss(a, b).backward();
  EXPECT_TRUE(all_are(a.grad(), 420.0 / 70000));
}

TEST_P(Narrow, DrawsStayBelowTheEndOfTheirRange) {
  for (const DType dtype : {float16, bfloat16, float32, float64}) {
    const TensorOptions options{.dtype = dtype, .device = device_};
    manual_seed(1);
    EXPECT_LT(rand({1000000}, options).max().item<double>(), 1.0) << name(dtype);
    EXPECT_LT(rand_like(empty({100000}, options)).max().item<double>(), 1.0) << name(dtype);
    Tensor x = empty({1000000}, options);
    EXPECT_LT(x.uniform_().max().item<double>(), 1.0) << name(dtype);
    EXPECT_LT(x.uniform_(-3, 1).max().item<double>(), 1.0) << name(dtype);
    EXPECT_LT(x.uniform_(-1, 0).max().item<double>(), 0.0) << name(dtype);
    EXPECT_LT(x.uniform_(0, 3).max().item<double>(), 3.0) << name(dtype);
    EXPECT_LT(x.uniform_(-5, -4).max().item<double>(), -4.0) << name(dtype);
    EXPECT_LT(x.uniform_(1000, 1000.01).max().item<double>(), 1000.01) << name(dtype);
    EXPECT_GE(x.min().item<double>(), dtype == bfloat16 ? 996 : 1000) << name(dtype);
    EXPECT_EQ(x.uniform_(2, 2).max().item<double>(), 2.0) << name(dtype);
    EXPECT_LT(randint(0, 70000, {100000}, options).max().item<double>(), 70000) << name(dtype);
    EXPECT_LT(x.random_(0, 4095).max().item<double>(), 4095) << name(dtype);
  }
}

TEST_P(Narrow, DrawsOfFloat32AreWhatTheyWere) {
  const TensorOptions options{.device = device_};
  Generator a(3), b(3);
  Tensor x = empty({1000}, options);
  EXPECT_TRUE(near(x.uniform_(-2, 5, &a), rand({1000}, options, &b) * 7.0 + -2.0, 0));
  EXPECT_TRUE(near(x.uniform_(0, 5, &a), rand({1000}, options, &b) * 5.0, 0));
  EXPECT_TRUE(near(x.uniform_(0, 1, &a), rand({1000}, options, &b), 0));
}

TEST_P(Narrow, GradientsOfWhatWasBroadcastAreSummedWide) {
  // Each summand of b's gradient is infinite in float16, or 0, their sum is neither.
  const Tensor a = of({6e4, 6e4, -6e4, -4.8e4}).reshape({4, 1}), b = of({1.0});
  (a * b).backward(filled({4, 1}, 4).detach());
  EXPECT_TRUE(all_are(b.grad(), 4.8e4));
  const Tensor small = filled({1 << 15}, 1e-4), one = of({1.0});
  (small * one).backward(filled({1 << 15}, 1e-4).detach());
  EXPECT_NEAR(one.grad().item<double>(), 32768e-8, 1e-5);
  // The same through products of matrices.
  const Tensor x = of({6e4, -4.8e4}).reshape({2, 1, 1}), w = filled({1, 1, 1}, 1);
  matmul(x, w).backward(filled({2, 1, 1}, 4).detach());
  EXPECT_TRUE(all_are(w.grad(), 4.8e4));
}

TEST_P(Narrow, ScaledProductsAreRoundedOnce) {
  const Tensor x = filled({2, 2}, 300), zero = filled({2, 2}, 0);
  EXPECT_TRUE(all_are(addmm(zero, x, x, 0, 1e-3), 180));
  EXPECT_TRUE(all_are(addmm(filled({2, 2}, 20), x, x, 1, 1e-3), 200));
  addmm(zero, x, x, 1, 1e-3).backward(filled({2, 2}, 300).detach());
  EXPECT_TRUE(all_are(x.grad(), 360));
  EXPECT_TRUE(all_are(einsum("ij,jk,kl->il", {x, x, filled({2, 2}, 0x1p-10)}), 351.5625));
  EXPECT_TRUE(all_are(
      linalg::matrix_power(of({0, 300, 0x1p-10, 0}).reshape({2, 2}), 3).index({0, 1}), 87.890625));
  EXPECT_TRUE(
      all_are(index_add(filled({1}, -6e4), 0, zeros({1}, {.dtype = int64, .device = device_}),
                        filled({1}, 4e4), 2.5),
              4e4));
}

TEST_P(Narrow, FoldedGradientsAreSummedWide) {
  // Three windows meet in the middle, two margins in the corner.
  const Tensor x = filled({5}, 1);
  x.unfold(0, 3, 1).backward(of({6e4, 6e4, 6e4, 1, 6e4, 1, -6e4, 1, 1}).detach().reshape({3, 3}));
  EXPECT_TRUE(all_are(x.grad().index({2}), 6e4));
  const Tensor y = filled({2}, 1);
  pad(y, std::vector<int64_t>{2, 0}, PadMode::replicate).backward(of({6e4, 6e4, -6e4, 1}).detach());
  EXPECT_TRUE(all_are(y.grad().index({0}), 6e4));
}

INSTANTIATE_TEST_SUITE_P(Conformance, Narrow, ::testing::Values("cpu", "custom_gpu"),
                         [](const auto& p) { return p.param; });

}  // namespace
}  // namespace ct::test
