// Bags of embeddings: against rows that are picked and added up, and what is refused. Modes and
// gradients on odd shapes are held to PyTorch by tests/reference/op_tables/layers.py.
#include "customtensor/ops/embedding_bag.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "customtensor/autograd.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/random.hpp"
#include "support/compare.hpp"
#include "support/tolerance.hpp"

namespace ct {
namespace {

using test::message_of;
using Floats = std::vector<float>;
constexpr auto kSum = EmbeddingBagMode::sum;

Floats floats(const Tensor& t) { return t.to_vector<float>(); }
/// Row i is (i, 10 i).
Tensor table(const TensorOptions& options = {}) {
  return tensor({{0.f, 0.f}, {1.f, 10.f}, {2.f, 20.f}, {3.f, 30.f}}, options);
}
void expect_close(const Tensor& a, const Tensor& b) {
  EXPECT_TRUE(test::near(a, b, test::kProduct32));
}

TEST(EmbeddingBag, AddsUpRowsOfEveryWidth) {
  manual_seed(1);
  for (const int64_t width : {1, 7, 16, 31, 64, 100, 128, 261}) {
    const Tensor weight = randn({20, width});
    const Tensor index = randint(0, 20, {6, 9});
    const Tensor factors = randn({6, 9});
    const Tensor rows = embedding(index, weight);
    expect_close(embedding_bag(index, weight, {}, {.mode = kSum}), rows.sum({1}));
    expect_close(embedding_bag(index, weight), rows.mean({1}));
    expect_close(embedding_bag(index, weight, {}, {.mode = EmbeddingBagMode::max}), rows.amax({1}));
    expect_close(embedding_bag(index, weight, {}, {.mode = kSum, .per_sample_weights = factors}),
                 (rows * factors.unsqueeze(-1)).sum({1}));
  }
}
TEST(EmbeddingBag, OffsetsSayWhereBagsBegin) {
  const Tensor index = tensor({1, 2, 3, 3});
  EXPECT_EQ(floats(embedding_bag(index, table(), tensor({0, 1, 1}), {.mode = kSum})),
            (Floats{1, 10, 0, 0, 8, 80}));
  EXPECT_EQ(floats(embedding_bag(index, table(), tensor({0, 3, 4}), {.include_last_offset = true})),
            (Floats{2, 20, 3, 30}));
  EXPECT_EQ(embedding_bag(tensor({1, 2}).narrow(0, 0, 0), table(), tensor({0, 0})).shape(),
            (Shape{2, 2}));
}
TEST(EmbeddingBag, PaddingCountsAsNotThere) {
  const Tensor index = tensor({{1, 3, 3}, {3, 3, 3}});
  EXPECT_EQ(floats(embedding_bag(index, table(), {}, {.padding_idx = -1})), (Floats{1, 10, 0, 0}));
  Tensor weight = table({.requires_grad = true});
  embedding_bag(index, weight, {}, {.mode = EmbeddingBagMode::max, .padding_idx = 3})
      .sum()
      .backward();
  EXPECT_EQ(floats(weight.grad()), (Floats{0, 0, 1, 1, 0, 0, 0, 0}));
}
TEST(EmbeddingBag, RowsThatAreTooLongAreShortenedInPlace) {
  Tensor weight = tensor({{3.f, 4.f}, {0.3f, 0.4f}, {6.f, 8.f}});
  embedding_bag(tensor({{0, 1}}), weight, {}, {.max_norm = 1.0});
  expect_close(weight, tensor({{0.6f, 0.8f}, {0.3f, 0.4f}, {6.f, 8.f}}));
}
TEST(EmbeddingBag, GradientsMayBeDividedByFrequency) {
  Tensor weight = table({.requires_grad = true});
  embedding_bag(tensor({{1, 1}, {1, 2}}), weight, {}, {.scale_grad_by_freq = true, .mode = kSum})
      .sum()
      .backward();
  EXPECT_EQ(floats(weight.grad().select(1, 0)), (Floats{0, 1, 1, 0}));
}
TEST(EmbeddingBag, SumsOfHalfTypesAreOfFloat32) {
  // 2048 + 1 is 2048 in float16.
  const Tensor weight = tensor({{2048.f}, {1.f}}, {.dtype = float16});
  const Tensor index = tensor({{0, 1, 1, 1, 1}});
  EXPECT_EQ(embedding_bag(index, weight, {}, {.mode = kSum}).to(float32).item<float>(), 2052.f);
}
TEST(EmbeddingBag, AnIndexThatIsChangedBeforeBackwardIsAnError) {
  Tensor weight = table({.requires_grad = true});
  Tensor index = tensor({{1, 2}});
  const Tensor y = embedding_bag(index, weight).sum();
  index.zero_();
  EXPECT_THROW(y.backward(), AutogradError);
}
TEST(EmbeddingBag, RefusesWhatDoesNotFit) {
  const Tensor index = tensor({1, 2, 3});
  const Tensor begin = tensor({0});
  EXPECT_EQ(message_of<ShapeError>([&] { embedding_bag(index, ones({3}), begin); }),
            "embedding_bag: the weight has shape (3): it must have two axes");
  EXPECT_EQ(message_of<DTypeError>([&] {
              embedding_bag(index, ones({3, 2}, {.dtype = int32}), begin);
            }),
            "embedding_bag: the weight is int32: it must be floating");
  EXPECT_EQ(message_of<ShapeError>([&] { embedding_bag(index, table()); }),
            "embedding_bag: input (3) and offsets none do not fit: they must be (n) and (bags), or "
            "(bags, n) and none");
  EXPECT_EQ(message_of<ValueError>(
                [&] { embedding_bag(index, table(), begin, {.per_sample_weights = ones({3})}); }),
            "embedding_bag: per_sample_weights are for the mode sum alone");
  EXPECT_EQ(message_of<ShapeError>([&] {
              embedding_bag(index, table(), begin, {.mode = kSum, .per_sample_weights = ones({2})});
            }),
            "embedding_bag: per_sample_weights (2) must have the shape of the input (3)");
  EXPECT_EQ(
      message_of<DTypeError>([&] {
        embedding_bag(index, table(), begin,
                      {.mode = kSum, .per_sample_weights = ones({3}, {.dtype = float64})});
      }),
      "embedding_bag: per_sample_weights are float64 and the weight is float32: they must be of "
      "one dtype");
  EXPECT_EQ(message_of<ValueError>([&] {
              embedding_bag(index, table(), begin,
                            {.scale_grad_by_freq = true, .mode = EmbeddingBagMode::max});
            }),
            "embedding_bag: scale_grad_by_freq is not for the mode max");
  EXPECT_EQ(
      message_of<IndexError>([&] { embedding_bag(index, table(), begin, {.padding_idx = 4}); }),
      "embedding_bag: padding_idx 4 is out of range for 4 rows");
  EXPECT_EQ(message_of<IndexError>([&] {
              embedding_bag(tensor({1, 4}), table(), begin);
            }),
            "embedding_bag: index 4 at position 1 is out of range for axis 0 of size 4");
}
TEST(EmbeddingBag, RefusesOffsetsThatAreNone) {
  const Tensor index = tensor({1, 2, 3});
  EXPECT_EQ(message_of<DTypeError>([&] { embedding_bag(index, table(), zeros({1})); }),
            "embedding_bag: the offsets are float32: they must be int64; convert with "
            ".to(ct::int64)");
  EXPECT_EQ(message_of<ShapeError>([&] {
              embedding_bag(index, table(), zeros({0}, {.dtype = int64}),
                            {.include_last_offset = true});
            }),
            "embedding_bag: offsets with a last one must not be empty");
  EXPECT_EQ(message_of<IndexError>([&] {
              embedding_bag(index, table(), tensor({0, 4}));
            }),
            "embedding_bag: offset 4 at position 1 is out of range for 3 indices");
  EXPECT_EQ(message_of<ValueError>([&] {
              embedding_bag(index, table(), tensor({0, 2, 1}));
            }),
            "embedding_bag: offsets must begin with 0 and not fall: 1 at position 2, after 2");
  EXPECT_EQ(message_of<ValueError>([&] {
              embedding_bag(index, table(), tensor({0, 2}), {.include_last_offset = true});
            }),
            "embedding_bag: the last offset must be the number of indices 3: it is 2");
}

}  // namespace
}  // namespace ct
