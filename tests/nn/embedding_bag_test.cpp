// The layer EmbeddingBag; the op's own tests are tests/ops/index/embedding_bag_test.cpp.
#include "customtensor/nn/embedding/embedding_bag.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct::nn {
namespace {

using test::message_of;
using Floats = std::vector<float>;

TEST(EmbeddingBagLayer, LooksBagsUpInItsTable) {
  EmbeddingBag layer =
      EmbeddingBag::from_pretrained(tensor({{1.f, 2.f}, {3.f, 5.f}, {7.f, 8.f}}), false);
  EXPECT_EQ(layer(tensor({{0, 1}})).to_vector<float>(), (Floats{2, 3.5}));
  EXPECT_EQ(layer(tensor({0, 1, 2}), tensor({0, 1})).to_vector<float>(), (Floats{1, 2, 5, 6.5}));
  layer(tensor({{0, 1}})).sum().backward();
  EXPECT_EQ(layer.weight.grad().to_vector<float>(), (Floats{.5, .5, .5, .5, 0, 0}));
  EXPECT_EQ(layer.named_parameters()[0].first, "weight");
}
TEST(EmbeddingBagLayer, WeighsBagsThatAreSums) {
  EmbeddingBag layer =
      EmbeddingBag::from_pretrained(tensor({{1.f}, {10.f}}), true, {.mode = EmbeddingBagMode::sum});
  Tensor factors = tensor({2.f, 3.f}, {.requires_grad = true});
  const Tensor y = layer(tensor({0, 1}), tensor({0}), factors);
  EXPECT_EQ(y.item<float>(), 32.f);
  y.sum().backward();
  EXPECT_EQ(factors.grad().to_vector<float>(), (Floats{1, 10}));
  EXPECT_FALSE(layer.weight.requires_grad());
}
TEST(EmbeddingBagLayer, PaddingBeginsAsZeroAndStays) {
  EmbeddingBag layer(3, 2, {.padding_idx = -1});
  EXPECT_EQ(layer.weight.select(0, 2).to_vector<float>(), (Floats{0, 0}));
  layer(tensor({{0, 2}})).sum().backward();
  EXPECT_EQ(layer.weight.grad().to_vector<float>(), (Floats{1, 1, 0, 0, 0, 0}));
}
TEST(EmbeddingBagLayer, RefusesSizesThatAreNone) {
  EXPECT_EQ(message_of<ValueError>([] { EmbeddingBag(0, 2); }),
            "EmbeddingBag: sizes must be at least 1: count 0, dim 2");
  EXPECT_EQ(message_of<ValueError>([] { EmbeddingBag(3, 2, {.padding_idx = 3}); }),
            "EmbeddingBag: padding_idx 3 is out of range for 3 vectors");
  EXPECT_EQ(message_of<ShapeError>([] { EmbeddingBag::from_pretrained(ones({3})); }),
            "EmbeddingBag: weight must be (count, dim): (3)");
}

}  // namespace
}  // namespace ct::nn
