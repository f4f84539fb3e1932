// What the layers and their ops refuse, in words.
#include <gtest/gtest.h>

#include <cmath>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/nn.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct::nn {
namespace {

using test::message_of;

TEST(LayerMessages, Norms) {
  EXPECT_EQ(message_of<ShapeError>([] {
              group_norm(ones({2, 4}), 3);
            }),
            "group_norm: x must be (n, c, ...) with groups that divide c: x (2, 4), groups 3");
  EXPECT_EQ(message_of<ShapeError>([] {
              instance_norm(ones({2, 4}));
            }),
            "instance_norm: x must be (n, c, l, ...): (2, 4)");
  EXPECT_EQ(message_of<ShapeError>([] {
              instance_norm(ones({2, 4, 1}));
            }),
            "instance_norm: there must be more than one value per channel and sample: x (2, 4, 1)");
  EXPECT_EQ(message_of<ShapeError>([] { local_response_norm(ones({2}), 3); }),
            "local_response_norm: x must be (n, c, ...): (2)");
  EXPECT_EQ(message_of<ValueError>([] {
              local_response_norm(ones({2, 3}), 0);
            }),
            "local_response_norm: size must be at least 1: 0");
  EXPECT_EQ(message_of<ValueError>([] { GroupNorm(3, 4); }),
            "GroupNorm: groups must divide channels, and eps be at least 0: groups 3, channels 4, "
            "eps 1e-05");
  EXPECT_EQ(message_of<ShapeError>([] {
              GroupNorm(2, 4)(ones({2, 6}));
            }),
            "GroupNorm: x must be (n, 4, ...): it is (2, 6)");
  EXPECT_EQ(message_of<ValueError>([] { InstanceNorm1d(0); }),
            "InstanceNorm1d: channels must be at least 1, eps at least 0 and momentum in [0, 1]: "
            "channels 0, eps 1e-05, momentum 0.1");
  EXPECT_EQ(message_of<ShapeError>([] {
              InstanceNorm2d(3)(ones({2, 3}));
            }),
            "InstanceNorm2d: x must be (n, 3, ...) with 4 axes, or one fewer of a single sample: "
            "it is (2, 3)");
  EXPECT_EQ(message_of<ValueError>([] { LocalResponseNorm(0); }),
            "LocalResponseNorm: size must be at least 1: 0");
  EXPECT_EQ(message_of<ValueError>([] { RMSNorm(Shape{}); }),
            "RMSNorm: needs sizes of at least 1 and eps of at least 0: (), eps 0");
}

TEST(LayerMessages, Draws) {
  EXPECT_EQ(message_of<ShapeError>([] {
              dropout2d(ones({2, 3}));
            }),
            "dropout2d: x must have 4 axes, or 3 without that of samples: (2, 3)");
  EXPECT_EQ(message_of<ShapeError>([] { feature_alpha_dropout(ones({2})); }),
            "feature_alpha_dropout: x must be (n, c, ...): (2)");
  EXPECT_EQ(message_of<ShapeError>([] { drop_path(tensor(1.F), 0.5); }),
            "drop_path: x has no axis of samples: it is a number");
  EXPECT_EQ(message_of<ValueError>([] { rrelu(ones({2}), 0.5, 0.1); }),
            "rrelu: bounds must be 0 <= lower <= upper: 0.5 and 0.1");
  EXPECT_EQ(message_of<ValueError>([] { RReLU(0.5, 0.1); }),
            "RReLU: bounds must be 0 <= lower <= upper: 0.5 and 0.1");
  EXPECT_EQ(message_of<ValueError>([] { gumbel_softmax(ones({2}), 0); }),
            "gumbel_softmax: tau must be positive: 0");
}

TEST(LayerMessages, Others) {
  EXPECT_EQ(message_of<ValueError>([] { PReLU(0); }),
            "PReLU: num_parameters must be at least 1: 0");
  EXPECT_EQ(message_of<ShapeError>([] { Softmax2d()(ones({2})); }),
            "Softmax2d: x must be (n, c, h, w) or (c, h, w): (2)");
  EXPECT_EQ(message_of<ValueError>([] { Embedding(0, 3); }),
            "Embedding: sizes must be at least 1: count 0, dim 3");
  EXPECT_EQ(message_of<ValueError>([] { Embedding(4, 3, {.padding_idx = 4}); }),
            "Embedding: padding_idx 4 is out of range for 4 vectors");
  EXPECT_EQ(message_of<ShapeError>([] { Embedding::from_pretrained(ones({2})); }),
            "Embedding: weight must be (count, dim): (2)");
  EXPECT_EQ(message_of<ValueError>([] {
              ZeroPad2d({1, 2});
            }),
            "ZeroPad2d: needs 4 amounts, two for each axis: (1, 2)");
}

TEST(LayerMessages, Pools) {
  EXPECT_EQ(message_of<ShapeError>([] { max_pool1d(ones({3}), 2); }),
            "max_pool1d: x must have 3 axes, or 2 without that of samples: (3)");
  EXPECT_EQ(message_of<ValueError>([] {
              adaptive_avg_pool1d(ones({2, 3}), -1);
            }),
            "adaptive_avg_pool1d: sizes must not be negative: (-1)");
  EXPECT_EQ(message_of<ShapeError>([] {
              adaptive_avg_pool3d(ones({2, 3, 4, 5}), {1, 2});
            }),
            "adaptive_avg_pool3d: size must be three numbers: (1, 2)");
  EXPECT_EQ(message_of<ValueError>([] {
              lp_pool2d(ones({1, 2, 2}), 0, 2);
            }),
            "lp_pool2d: p is 0: there is no root of that order");
}

TEST(Embedding, BeginsWithANullVectorForPadding) {
  Embedding layer(3, 2, {.padding_idx = -1});
  EXPECT_TRUE(test::near(layer.weight.select(0, 2), {0, 0}, 0));
  layer(tensor({2, 0})).sum().backward();
  EXPECT_TRUE(test::near(layer.weight.grad(), {1, 1, 0, 0, 0, 0}, 0));
}

TEST(Embedding, ShortensWhatIsAskedFor) {
  Embedding layer = Embedding::from_pretrained(tensor({{3.F, 4.F}, {6.F, 8.F}, {.3F, .4F}}), false,
                                               {.max_norm = 1.0});
  const Tensor y = layer(tensor({0, 2, 0}));
  EXPECT_TRUE(test::near(y, {.6, .8, .3, .4, .6, .8}, 1e-6));
  EXPECT_TRUE(test::near(layer.weight, {.6, .8, 6, 8, .3, .4}, 1e-6));
}

TEST(Embedding, ScalesGradientsByHowOftenAnIndexIsThere) {
  Embedding layer(3, 1, {.scale_grad_by_freq = true});
  layer(tensor({0, 2, 0, 0})).sum().backward();
  EXPECT_TRUE(test::near(layer.weight.grad(), {1, 0, 1}, 1e-6));
}

TEST(BatchNorm, AveragesPlainlyWithoutMomentum) {
  BatchNorm1d layer(1, {.momentum = std::nullopt});
  layer(tensor({{1.F}, {3.F}}));
  layer(tensor({{5.F}, {7.F}}));
  EXPECT_TRUE(test::near(layer.running_mean, {4}, 1e-6));
  EXPECT_TRUE(test::near(layer.running_var, {2}, 1e-5));
}

TEST(InstanceNorm, RunsItsStatisticsAndUsesThemInInference) {
  InstanceNorm1d layer(1, {.momentum = 0.5, .track_running_stats = true});
  layer(tensor({{{1.F, 3.F}}, {{5.F, 7.F}}}));  // means 2 and 6, variances 2
  EXPECT_TRUE(test::near(layer.running_mean, {2}, 1e-6));
  EXPECT_TRUE(test::near(layer.running_var, {1.5}, 1e-5));
  layer.eval();
  EXPECT_TRUE(test::near(layer(tensor({{{2.F, 4.F}}})), {0, 2 / std::sqrt(1.5)}, 1e-4));
}

TEST(Dropouts, DropWholeFeaturesAndSamples) {
  manual_seed(1);
  const Tensor y = dropout2d(ones({50, 4, 3, 3}), 0.5);
  const Tensor sums = y.sum({2, 3});
  EXPECT_TRUE(logical_or(sums == 0, sums == 18).all().item<bool>());
  EXPECT_NEAR(y.mean().item<float>(), 1.0, 0.3);
  const Tensor paths = drop_path(ones({100, 3}), 0.5).sum({1});
  EXPECT_TRUE(logical_or(paths == 0, paths == 6).all().item<bool>());
  EXPECT_TRUE(test::near(drop_path(ones({2, 3}), 0.5, false), std::vector<double>(6, 1.0), 0));
}

TEST(Dropouts, AlphaKeepsMeanAndVariance) {
  manual_seed(2);
  const Tensor y = alpha_dropout(randn({100000}), 0.3);
  EXPECT_NEAR(y.mean().item<float>(), 0, 0.03);
  EXPECT_NEAR(y.var().item<float>(), 1, 0.03);
}

TEST(GumbelSoftmax, HardIsOneHotWithTheSoftGradient) {
  manual_seed(3);
  Tensor x = zeros({20, 4}).requires_grad_();
  const Tensor y = gumbel_softmax(x, 0.5, true);
  EXPECT_TRUE(test::near(y.sum({1}), std::vector<double>(20, 1.0), 1e-6));
  EXPECT_TRUE(test::near(y.amax({1}), std::vector<double>(20, 1.0), 1e-6));
  (y * y).sum().backward();
  EXPECT_GT(x.grad().abs().sum().item<float>(), 0);
}

}  // namespace
}  // namespace ct::nn
