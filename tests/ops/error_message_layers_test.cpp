// What misuse of convolutions, pooling, norms and losses is answered with.
#include <gtest/gtest.h>

#include "customtensor/error.hpp"
#include "customtensor/nn.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

using test::message_of;

TEST(LayerMessage, ConvStride) {
  EXPECT_EQ(message_of<ValueError>([] {
              conv2d(ones({1, 3, 4, 4}), ones({2, 3, 3, 3}), Tensor(), {.stride = 0});
            }),
            "conv2d: stride must be at least 1: (0, 0)");
}
TEST(LayerMessage, ConvRank) {
  EXPECT_EQ(message_of<ShapeError>([] {
              conv2d(ones({4, 4}), ones({2, 3, 3, 3}));
            }),
            "conv2d: x must be (n, c, h, w) or (c, h, w) and weight (o, c / groups, kh, kw): x (4, "
            "4), weight (2, 3, 3, 3), groups 1");
}
TEST(LayerMessage, ConvTypes) {
  EXPECT_EQ(message_of<DTypeError>([] {
              conv2d(ones({1, 3, 4, 4}), ones({2, 3, 3, 3}, {.dtype = float64}));
            }),
            "conv2d: dtypes differ: x float32, weight float64; convert with .to(dtype)");
}
TEST(LayerMessage, ConvChannels) {
  EXPECT_EQ(message_of<ShapeError>([] {
              conv2d(ones({1, 3, 4, 4}), ones({2, 4, 3, 3}));
            }),
            "conv2d: channels and groups do not fit: x (1, 3, 4, 4), weight (2, 4, 3, 3), groups "
            "1: weight's axis 1 must be c / groups, and groups must divide c and o");
}
TEST(LayerMessage, ConvBias) {
  EXPECT_EQ(message_of<ShapeError>([] {
              conv2d(ones({1, 3, 4, 4}), ones({2, 3, 3, 3}), ones({3}));
            }),
            "conv2d: bias (3) does not fit x (1, 3, 4, 4), weight (2, 3, 3, 3), groups 1: it must "
            "be (2)");
}
TEST(LayerMessage, ConvKernel) {
  EXPECT_EQ(message_of<ShapeError>([] {
              conv2d(ones({1, 3, 2, 2}), ones({2, 3, 3, 3}));
            }),
            "conv2d: the kernel does not fit the padded image: x (1, 3, 2, 2), weight (2, 3, 3, "
            "3), groups 1, padding (0, 0), dilation (1, 1)");
}
TEST(LayerMessage, LossShapes) {
  EXPECT_EQ(message_of<ShapeError>([] {
              cross_entropy(ones({2, 3}), tensor({0}));
            }),
            "cross_entropy: logits (2, 3) and targets (1) do not fit: they must be (n, classes, "
            "...) and (n, ...), or (classes) and ()");
}
TEST(LayerMessage, LossTypes) {
  EXPECT_EQ(message_of<DTypeError>([] {
              nll_loss(ones({2, 3}), ones({2}));
            }),
            "nll_loss: logits are float32 and targets float32: they must be floating and int64; "
            "convert with .to()");
}
TEST(LayerMessage, LabelSmoothing) {
  EXPECT_EQ(message_of<ValueError>([] {
              cross_entropy(ones({2, 3}), tensor({0, 1}), {.label_smoothing = 1.5});
            }),
            "cross_entropy: label_smoothing must be in [0, 1]: 1.5");
}
TEST(LayerMessage, BatchNormWeight) {
  EXPECT_EQ(message_of<ShapeError>([] {
              batch_norm(ones({2, 3}), ones({4}), Tensor(), Tensor(), Tensor(), true);
            }),
            "batch_norm: weight has shape (4): x (2, 3) needs (3)");
}
TEST(LayerMessage, BatchNormWeightType) {
  EXPECT_EQ(
      message_of<DTypeError>([] {
        batch_norm(ones({2, 3}), ones({3}, {.dtype = float64}), Tensor(), Tensor(), Tensor(), true);
      }),
      "batch_norm: weight is float64: x is float32");
}
TEST(LayerMessage, BatchNormRank) {
  EXPECT_EQ(message_of<ShapeError>(
                [] { batch_norm(ones({3}), Tensor(), Tensor(), Tensor(), Tensor(), true); }),
            "batch_norm: x must be (n, c, …): (3)");
}
TEST(LayerMessage, BatchNormOfOneValue) {
  EXPECT_EQ(message_of<ShapeError>([] {
              batch_norm(ones({1, 3}), Tensor(), Tensor(), Tensor(), Tensor(), true);
            }),
            "batch_norm: training needs more than one value per channel: x (1, 3); use a larger "
            "batch, or eval()");
}
TEST(LayerMessage, BatchNormWithoutStatistics) {
  EXPECT_EQ(message_of<ValueError>([] {
              batch_norm(ones({2, 3}), Tensor(), Tensor(), Tensor(), Tensor(), false);
            }),
            "batch_norm: eval mode needs running_mean and running_var; pass them");
}
TEST(LayerMessage, LayerNormWeight) {
  EXPECT_EQ(message_of<ShapeError>([] {
              layer_norm(ones({2, 3}), {3}, ones({4}));
            }),
            "layer_norm: weight has shape (4): it must be (3)");
}
TEST(LayerMessage, PoolRank) {
  EXPECT_EQ(message_of<ShapeError>([] {
              max_pool2d(ones({4, 4}), 2);
            }),
            "max_pool2d: x must have 4 axes, or 3 without that of samples: (4, 4)");
}
TEST(LayerMessage, PoolWindow) {
  EXPECT_EQ(message_of<ValueError>([] {
              max_pool2d(ones({1, 3, 4, 4}), 2, {.padding = 2});
            }),
            "max_pool2d: the window does not fit: x (1, 3, 4, 4), kernel (2, 2), stride (2, 2), "
            "padding (2, 2), dilation (1, 1); padding must be at most half the kernel");
  EXPECT_EQ(message_of<ValueError>([] {
              avg_pool2d(ones({1, 3, 4, 4}), 0);
            }),
            "avg_pool2d: the window does not fit: x (1, 3, 4, 4), kernel (0, 0), stride (0, 0), "
            "padding (0, 0), dilation (1, 1); the kernel must be at least 1");
  EXPECT_EQ(message_of<ValueError>([] {
              max_pool2d(ones({1, 3, 4, 4}), {2, 5});
            }),
            "max_pool2d: the window does not fit: x (1, 3, 4, 4), kernel (2, 5), stride (2, 5), "
            "padding (0, 0), dilation (1, 1); the kernel is larger than the padded picture");
  const auto reason = [](const PoolOptions& options) {
    const std::string message = message_of<ValueError>([&] {
      max_pool2d(ones({1, 3, 4, 4}), 2, options);
    });
    return message.substr(message.find(';') + 2);
  };
  EXPECT_EQ(reason({.stride = -1}), "the stride must be at least 1");
  EXPECT_EQ(reason({.dilation = 0}), "the dilation must be at least 1");
  EXPECT_EQ(reason({.padding = -1}), "the padding must not be negative");
}
TEST(LayerMessage, ConvKernelOfNothing) {
  EXPECT_EQ(
      message_of<ShapeError>([] {
        conv2d(ones({1, 3, 4, 4}), ones({2, 3, 0, 1}));
      }),
      "conv2d: the kernel must be at least 1 x 1: x (1, 3, 4, 4), weight (2, 3, 0, 1), groups "
      "1");
}
TEST(LayerMessage, LossesDoNotBroadcast) {
  EXPECT_EQ(message_of<ShapeError>([] {
              mse_loss(ones({4, 1}), arange(4));
            }),
            "mse_loss: shapes differ: (4, 1) and (4); losses do not broadcast, reshape() or "
            "expand() one of them");
  for (const Reduction reduction : {Reduction::none, Reduction::sum, Reduction::mean}) {
    EXPECT_THROW(mse_loss(ones({4, 1}), ones({4, 4}), reduction), ShapeError);
    EXPECT_THROW(mse_loss(ones({4}), ones({}), reduction), ShapeError);
    EXPECT_THROW(l1_loss(ones({1, 4}), ones({4}), reduction), ShapeError);
    EXPECT_THROW(nn::MSELoss{reduction}(ones({2, 1}), ones({2})), ShapeError);
    EXPECT_THROW(nn::L1Loss{reduction}(ones({2, 1}), ones({2})), ShapeError);
    const CrossEntropyOptions options{.reduction = reduction};
    const Tensor targets = zeros({4, 1}, {.dtype = int64});
    EXPECT_THROW(cross_entropy(ones({4, 3}), targets, options), ShapeError);
    EXPECT_THROW(nll_loss(ones({4, 3}), targets, options), ShapeError);
  }
}
TEST(LayerMessage, PoolDilation) {
  EXPECT_EQ(message_of<ValueError>([] {
              avg_pool2d(ones({1, 3, 4, 4}), 2, {.dilation = 2});
            }),
            "avg_pool2d: dilation (2, 2) is for max pools only");
}
TEST(LayerMessage, GlobalPoolRank) {
  EXPECT_EQ(message_of<ShapeError>([] {
              global_avg_pool2d(ones({3, 4}));
            }),
            "global_avg_pool2d: x must be (n, c, h, w): (3, 4)");
}

}  // namespace
}  // namespace ct
