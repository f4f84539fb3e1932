// Samples out of tensors, and the first of another dataset.
#include "customtensor/data/tensor_dataset.hpp"

#include <gtest/gtest.h>

#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct::data {
namespace {

TensorDataset squares(int64_t n) {
  const Tensor x = arange(n, {.dtype = float32});
  return {x.reshape({n, 1}), x * x};
}

TEST(TensorDataset, GivesRowsByNumber) {
  const TensorDataset set(arange(6).reshape({3, 2}), tensor({7, 8, 9}), {"a", "b"});
  EXPECT_EQ(set.size(), 3);
  EXPECT_EQ(set.image_shape(), Shape{2});
  EXPECT_EQ(set.class_names()[1], "b");
  const auto [x, y] = set.get(std::vector<int64_t>{2, 0});
  EXPECT_EQ(x.to_vector<int64_t>(), (std::vector<int64_t>{4, 5, 0, 1}));
  EXPECT_EQ(y.to_vector<int64_t>(), (std::vector<int64_t>{9, 7}));
}

TEST(TensorDataset, TakesViews) {
  const TensorDataset set(arange(6).reshape({2, 3}).t(), ones({3}));
  EXPECT_EQ(set.range(1, 1).images.to_vector<int64_t>(), (std::vector<int64_t>{1, 4}));
}

TEST(TensorDataset, RejectsTensorsOfDifferentLength) {
  EXPECT_EQ(test::message_of<ShapeError>([] {
              TensorDataset(ones({3, 2}), ones({2}));
            }),
            "TensorDataset: images and labels must have the same first size: (3, 2) and (2)");
  EXPECT_THROW(TensorDataset(ones({}), ones({})), ShapeError);
}

TEST(TensorDataset, RejectsASampleThatIsNotThere) {
  EXPECT_EQ(test::message_of<IndexError>([] { squares(3).get(std::vector<int64_t>{-1}); }),
            "TensorDataset: no sample -1: there are 3");
}

TEST(Subset, IsTheFirstSamples) {
  const Subset part(squares(10), 4);
  EXPECT_EQ(part.size(), 4);
  EXPECT_EQ(part.range(3, 1).labels.to_vector<float>(), std::vector<float>{9});
  EXPECT_THROW(part.get(std::vector<int64_t>{4}), IndexError);
}

TEST(Subset, OfMoreThanThereAreIsAll) { EXPECT_EQ(Subset(squares(3), 10).size(), 3); }

TEST(Subset, RejectsANegativeCount) { EXPECT_THROW(Subset(squares(3), -1), ValueError); }

}  // namespace
}  // namespace ct::data
