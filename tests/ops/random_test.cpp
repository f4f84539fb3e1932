// Random tensors: repeatable by seed, equal on every device, of the right distributions, and what
// they refuse. Seeds are fixed: a statistical bound that holds once holds always.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "conformance/devices.hpp"
#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/nn/init.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;

/// Kolmogorov's statistic: the largest distance of the values' distribution from `cdf`, times
/// sqrt(n). Above 1.63 in one of a hundred samples that are as they should be.
double kolmogorov(const Tensor& x, const std::function<double(double)>& cdf) {
  auto values = x.to_vector<double>();
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  double worst = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double expected = cdf(values[i]);
    worst = std::max({worst, std::abs(expected - static_cast<double>(i) / n),
                      std::abs(expected - static_cast<double>(i + 1) / n)});
  }
  return worst * std::sqrt(n);
}
double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }
constexpr double kKolmogorov = 1.63;

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
TEST(Random, DevicesDrawTheSame) {
  using Draw = std::function<Tensor(Device, Generator*)>;
  const auto probabilities = [](Device d) { return linspace(0, 1, 11, d); };
  const std::pair<const char*, Draw> draws[] = {
      {"rand float64",
       [](Device d, Generator* g) { return rand({33}, {.dtype = float64, .device = d}, g); }},
      {"randint", [](Device d, Generator* g) { return randint(-5, 77, {33}, d, g); }},
      {"randperm", [](Device d, Generator* g) { return randperm(33, d, g); }},
      {"bernoulli", [](Device d, Generator* g) { return bernoulli({33}, 0.3, d, g); }},
      {"bernoulli tensor", [&](Device d, Generator* g) { return bernoulli(probabilities(d), g); }},
      {"multinomial",
       [&](Device d, Generator* g) { return multinomial(probabilities(d), 7, false, g); }},
      {"multinomial replacement",
       [&](Device d, Generator* g) { return multinomial(probabilities(d), 40, true, g); }},
      {"uniform_", [](Device d, Generator* g) { return empty({33}, d).uniform_(-1.1, 2.3, g); }},
      {"random_",
       [](Device d, Generator* g) {
         return empty({33}, {.dtype = int64, .device = d}).random_(g);
       }},
      {"randn", [](Device d, Generator* g) { return randn({33}, d, g); }},
      {"normal", [&](Device d, Generator* g) { return normal(1.0, probabilities(d), g); }},
      {"exponential", [](Device d, Generator* g) { return exponential({33}, 2, d, g); }},
      {"dropout", [](Device d, Generator* g) { return dropout(ones({33}, d), 0.4, true, g); }}};
  for (const std::string& name : test::conformance_devices()) {
    if (!test::device_available(name)) continue;
    for (const auto& [what, draw] : draws) {
      Generator here(5);
      Generator there(5);
      const Tensor a = draw(Device("cpu"), &here);
      const Tensor b = draw(Device(name), &there);
      EXPECT_EQ(here.state().offset, there.state().offset) << what;
      const std::string kind = what;
      if (kind == "randn" || kind == "normal" || kind == "exponential") {
        EXPECT_TRUE(test::near(b, a, 2e-6)) << what << " on " << name;  // log, cos: their rounding
      } else {
        EXPECT_EQ(b.to_vector<double>(), a.to_vector<double>()) << what << " on " << name;
      }
    }
  }
}
TEST(Random, ADrawMovesItsOwnStreamOnly) {
  manual_seed(9);
  const auto first = rand({3}).to_vector<float>();
  manual_seed(9);
  Generator g(1);
  rand({100}, {}, &g);
  empty({10}).normal_(0, 1, &g);
  multinomial(ones({5}), 2, false, &g);
  EXPECT_EQ(rand({3}).to_vector<float>(), first);
}
TEST(Random, DistributionsAreTheirOwn) {
  Generator g(2024);
  const TensorOptions f64{.dtype = float64};
  EXPECT_LT(kolmogorov(rand({20000}, {}, &g), [](double x) { return x; }), kKolmogorov);
  EXPECT_LT(kolmogorov(rand({20000}, f64, &g), [](double x) { return x; }), kKolmogorov);
  EXPECT_LT(kolmogorov(randn({20000}, {}, &g), normal_cdf), kKolmogorov);
  EXPECT_LT(kolmogorov(randn({20000}, f64, &g), normal_cdf), kKolmogorov);
  EXPECT_LT(
      kolmogorov(normal(2, 3, {20000}, {}, &g), [](double x) { return normal_cdf((x - 2) / 3); }),
      kKolmogorov);
  EXPECT_LT(
      kolmogorov(exponential({20000}, 2, {}, &g), [](double x) { return 1 - std::exp(-2 * x); }),
      kKolmogorov);
  EXPECT_LT(kolmogorov(empty({20000}).uniform_(-3, 5, &g), [](double x) { return (x + 3) / 8; }),
            kKolmogorov);
}
TEST(Random, TruncatedNormalIsTheNormalWithinItsBounds) {
  Generator g(2025);
  struct Range {
    double mean, deviation, low, high;
  };
  // The last ones far out on either side, where probabilities are tiny.
  for (const auto& [mean, deviation, low, high] :
       {Range{0, 1, -2, 2}, Range{1, 2, -1, 1.5}, Range{0, 1, -20, 0.1}, Range{0, 1, 6, 9},
        Range{0, 0.5, -10, -5}}) {
    Tensor x = empty({20000}, {.dtype = float64});
    nn::init::trunc_normal_(x, mean, deviation, low, high, &g);
    EXPECT_GE(x.min().item<double>(), low);
    EXPECT_LE(x.max().item<double>(), high);
    // From the side where it is small.
    const double side = low + high > 2 * mean ? -1 : 1;
    const double m = mean;
    const double d = deviation * side;
    const auto below = [m, d](double v) { return normal_cdf((v - m) / d); };
    const double start = below(side > 0 ? low : high);
    const double width = below(side > 0 ? high : low) - start;
    EXPECT_LT(kolmogorov(x * side, [&](double v) { return (below(v * side) - start) / width; }),
              kKolmogorov)
        << low << " to " << high;
  }
}
TEST(Random, TruncatedNormalInvertsTheDistributionToItsLastDigits) {
  Generator drawn(3);
  Generator again(3);
  Tensor x = empty({2000}, {.dtype = float64});
  nn::init::trunc_normal_(x, 0, 1, -30, -0.01, &drawn);
  const auto values = x.to_vector<double>();
  const auto uniform = rand({2000}, {.dtype = float64}, &again).to_vector<double>();
  for (size_t i = 0; i < values.size(); ++i) {
    const double expected = uniform[i] * normal_cdf(-0.01);
    EXPECT_NEAR(normal_cdf(values[i]) / expected, 1, 1e-13);
  }
}
TEST(Random, NeighboursAreNotCorrelated) {
  Generator g(77);
  for (const Tensor& x : {randn({100001}, {}, &g), rand({100001}, {}, &g) - 0.5}) {
    const Tensor a = x.slice(0, Slice(0, 100000));
    const Tensor b = x.slice(0, Slice(1, 100001));
    const double correlation = ((a * b).mean() / x.var()).item<double>();
    EXPECT_NEAR(correlation, 0, 5 / std::sqrt(1e5));
  }
}
TEST(Random, TensorsGiveEachElementItsOwnMeanAndDeviation) {
  Generator g(8);
  const Tensor mean = tensor({{0.0f}, {100.0f}});
  const Tensor deviation = tensor({1.0f, 5.0f, 0.0f});
  const Tensor x = normal(mean.expand({2, 3}).unsqueeze(0).expand({20000, 2, 3}), deviation, &g);
  EXPECT_TRUE(test::near(x.mean({0}), {0, 0, 0, 100, 100, 100}, 0.003));
  EXPECT_TRUE(test::near(x.var({0}), {1, 25, 0, 1, 25, 0}, 0.04));
  EXPECT_EQ(normal(mean, 1.0, &g).shape(), (Shape{2, 1}));
  EXPECT_EQ(normal(0.0, deviation, &g).shape(), (Shape{3}));
}
TEST(Random, BernoulliFollowsItsProbabilities) {
  Generator g(12);
  const Tensor p = tensor({0.0f, 0.25f, 0.9f, 1.0f});
  const auto mean = bernoulli(p.expand({20000, 4}), &g).mean({0}).to_vector<double>();
  EXPECT_EQ(mean[0], 0);
  EXPECT_NEAR(mean[1], 0.25, 0.015);
  EXPECT_NEAR(mean[2], 0.9, 0.011);
  EXPECT_EQ(mean[3], 1);
  Tensor mask = zeros({3, 4}, {.dtype = bool_});
  mask.bernoulli_(p, &g);
  EXPECT_EQ(mask.dtype(), bool_);
  EXPECT_EQ(mask.index({1, 3}).item<bool>(), true);
}
TEST(Random, MultinomialWithReplacementFollowsTheWeights) {
  Generator g(21);
  const Tensor weights = tensor({{1.0f, 0.0f, 3.0f, 4.0f}, {0.0f, 5.0f, 0.0f, 0.0f}});
  const Tensor drawn = multinomial(weights, 40000, true, &g);
  EXPECT_EQ(drawn.shape(), (Shape{2, 40000}));
  std::map<int64_t, double> counts;
  for (const int64_t c : drawn.select(0, 0).to_vector<int64_t>()) counts[c] += 1.0 / 40000;
  EXPECT_NEAR(counts[0], 0.125, 0.008);
  EXPECT_EQ(counts[1], 0);
  EXPECT_NEAR(counts[2], 0.375, 0.012);
  EXPECT_NEAR(counts[3], 0.5, 0.0125);
  EXPECT_EQ(drawn.select(0, 1).min().item<int64_t>(), 1);
  EXPECT_EQ(drawn.select(0, 1).max().item<int64_t>(), 1);
}
TEST(Random, MultinomialWithoutReplacementDrawsEachOnce) {
  Generator g(22);
  const Tensor weights = tensor({1.0f, 2.0f, 0.0f, 5.0f});
  double first_is_last = 0;
  double second_is_last = 0;
  for (int i = 0; i < 4000; ++i) {
    const auto drawn = multinomial(weights, 3, false, &g).to_vector<int64_t>();
    EXPECT_EQ(std::set<int64_t>(drawn.begin(), drawn.end()), (std::set<int64_t>{0, 1, 3}));
    first_is_last += drawn[0] == 3 ? 1.0 / 4000 : 0;
    second_is_last += drawn[1] == 3 ? 1.0 / 4000 : 0;
  }
  EXPECT_NEAR(first_is_last, 5.0 / 8, 0.038);
  // 1/8 * 5/7 + 2/8 * 5/6
  EXPECT_NEAR(second_is_last, 0.29762, 0.036);
}
TEST(Random, WholeNumbersFillTheirRange) {
  Generator g(30);
  Tensor bytes = empty({5000}, {.dtype = uint8});
  bytes.random_(&g);
  EXPECT_EQ(bytes.min().item<int>(), 0);
  EXPECT_EQ(bytes.max().item<int>(), 255);
  Tensor wide = empty({200}, {.dtype = int64});
  wide.random_(&g);
  EXPECT_GE(wide.min().item<int64_t>(), 0);
  EXPECT_GT(wide.max().item<int64_t>(), int64_t{1} << 61);
  Tensor floats = empty({200}, {.dtype = float32});
  floats.random_(-2, 3, &g);
  EXPECT_EQ(floats.min().item<float>(), -2);
  EXPECT_EQ(floats.max().item<float>(), 2);
  Tensor truth = empty({50}, {.dtype = bool_});
  truth.random_(&g);
  EXPECT_NE(truth.min().item<bool>(), truth.max().item<bool>());
}
TEST(Random, InPlaceFormsChangeTheTensorAndItsVersion) {
  Generator g(31);
  Tensor x = zeros({4, 6});
  const uint32_t version = x.version();
  x.slice(1, Slice(0, 6, 2)).uniform_(1, 2, &g);
  EXPECT_GT(x.version(), version);
  EXPECT_GE(x.slice(1, Slice(0, 6, 2)).min().item<float>(), 1);
  EXPECT_EQ(x.slice(1, Slice(1, 6, 2)).max().item<float>(), 0);
  Tensor half = empty({1000}, {.dtype = float16});
  half.normal_(0, 1, &g);
  EXPECT_NEAR(half.to(float32).var().item<float>(), 1, 0.2);
}
TEST(Random, AGradientDoesNotPassRedrawnValues) {
  Tensor x = ones({3}, {.requires_grad = true});
  Tensor y = x * 2;
  y.uniform_();
  (y * x).sum().backward();
  EXPECT_EQ(x.grad().to_vector<float>(), y.detach().to_vector<float>());
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

TEST(RandomErrors, SayWhichArgumentIsWrong) {
  EXPECT_EQ(message_of<ValueError>([] { randint(3, 3, {2}); }),
            "randint: the range [3, 3) is empty");
  EXPECT_THROW(randint(0, int64_t{1} << 60, {2}), ValueError);
  EXPECT_EQ(message_of<DTypeError>([] { rand({2}, {.dtype = int32}); }),
            "rand: dtype int32 is not floating; use randint for integers");
  EXPECT_EQ(message_of<ValueError>([] { normal(0, -1, {2}); }),
            "normal: the deviation must not be negative: -1");
  EXPECT_THROW(normal(ones({2}), -ones({2})), ValueError);
  EXPECT_EQ(message_of<ValueError>([] { exponential({2}, 0); }),
            "exponential: the rate must be positive: 0");
  EXPECT_EQ(message_of<ValueError>([] {
              bernoulli(tensor({0.5f, 1.5f}));
            }),
            "bernoulli: p must be a probability in [0, 1]: 1.5");
  EXPECT_THROW(bernoulli(tensor({1, 0})), DTypeError);
  EXPECT_EQ(message_of<ValueError>([] {
              multinomial(tensor({1.0f, 0.0f}), 2);
            }),
            "multinomial: a row of (2) has 1 positive weights: 2 are needed for 2 samples without "
            "replacement");
  EXPECT_THROW(multinomial(tensor({1.0f, -1.0f}), 1), ValueError);
  EXPECT_THROW(multinomial(full({2}, NAN), 1), ValueError);
  EXPECT_THROW(multinomial(zeros({2}), 1, true), ValueError);
  EXPECT_THROW(multinomial(ones({2}), 0), ValueError);
  EXPECT_THROW(multinomial(ones({2, 2, 2}), 1), ShapeError);
  EXPECT_THROW(multinomial(tensor({1, 2}), 1), DTypeError);
  EXPECT_THROW(randperm(-1), ValueError);
}
TEST(RandomErrors, TruncatedNormal) {
  Tensor x = ones({2});
  EXPECT_EQ(
      message_of<ValueError>([&] { nn::init::trunc_normal_(x, 0, 0); }),
      "trunc_normal_: the deviation must be positive and low below high: deviation 0, low -2, "
      "high 2");
  EXPECT_EQ(message_of<ValueError>([&] { nn::init::trunc_normal_(x, 0, 1, 50, 51); }),
            "trunc_normal_: nothing can be drawn from [50, 51]: it is too far from mean 0 for "
            "deviation 1");
}
TEST(RandomErrors, InPlaceFormsNameThemselves) {
  Tensor x = ones({2});
  EXPECT_EQ(message_of<ValueError>([&] { x.uniform_(2, 1); }),
            "uniform_: low must not be above high: 2, 1");
  EXPECT_THROW(x.normal_(0, -1), ValueError);
  EXPECT_THROW(x.exponential_(-1), ValueError);
  EXPECT_THROW(x.bernoulli_(2.0), ValueError);
  EXPECT_EQ(message_of<ValueError>([&] { x.random_(4, 4); }), "random_: the range [4, 4) is empty");
  Tensor i = tensor({1, 2});
  EXPECT_EQ(message_of<DTypeError>([&] { i.uniform_(); }),
            "uniform_: dtype int64 is not floating; use randint for integers");
  Tensor leaf = ones({2}, {.requires_grad = true});
  EXPECT_THROW(leaf.normal_(), AutogradError);
}

}  // namespace
}  // namespace ct
