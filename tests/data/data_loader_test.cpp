// DataLoader: order, resumption, threads, errors.
#include "customtensor/data/data_loader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

#include "customtensor/data/tensor_dataset.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "support/compare.hpp"

namespace ct::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Numbers = std::vector<std::vector<int64_t>>;

TensorDataset numbers(int64_t n) { return {arange(n), arange(n)}; }

/// The labels of one epoch's batches.
Numbers epoch_of(DataLoader& loader) {
  Numbers found;
  for (auto& [images, labels] : loader) found.push_back(labels.to_vector<int64_t>());
  return found;
}

/// Sample i is random numbers; sample 13 is bad.
class Noise : public Dataset {
 public:
  int64_t size() const override { return 20; }
  Shape image_shape() const override { return {1}; }
  Batch get(std::span<const int64_t> indices) const override {
    for (const int64_t i : indices) {
      if (i == 13) throw IoError("Noise: sample 13 is bad");
    }
    const auto n = static_cast<int64_t>(indices.size());
    return {.images = rand({n}), .labels = zeros({n})};
  }
};

TEST(DataLoader, GivesBatchesInOrder) {
  DataLoader loader(numbers(5), {.batch_size = 2});
  EXPECT_EQ(loader.batches(), 3);
  EXPECT_THAT(epoch_of(loader), ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3), ElementsAre(4)));
}

TEST(DataLoader, DropsALastBatchThatIsNotFull) {
  DataLoader loader(numbers(5), {.batch_size = 2, .drop_last = true});
  EXPECT_EQ(loader.batches(), 2);
  EXPECT_EQ(epoch_of(loader).size(), 2U);
}

TEST(DataLoader, OfNothingHasNoBatches) {
  DataLoader loader(numbers(0), {.batch_size = 2, .shuffle = true, .workers = 2});
  EXPECT_EQ(loader.batches(), 0);
  EXPECT_EQ(epoch_of(loader).size(), 0U);
}

TEST(DataLoader, ShufflesEverySampleOnce) {
  DataLoader loader(numbers(100), {.batch_size = 100, .shuffle = true});
  auto labels = epoch_of(loader)[0];
  EXPECT_FALSE(std::ranges::is_sorted(labels));
  std::ranges::sort(labels);
  EXPECT_EQ(labels, arange(100).to_vector<int64_t>());
}

TEST(DataLoader, ShufflesEveryEpochAnew) {
  DataLoader loader(numbers(50), {.batch_size = 8, .shuffle = true, .seed = 1});
  const Numbers first = epoch_of(loader), second = epoch_of(loader);
  EXPECT_NE(first, second);
  EXPECT_EQ(loader.epoch(), 2);
  loader.set_epoch(0);
  EXPECT_EQ(epoch_of(loader), first);
  EXPECT_EQ(epoch_of(loader), second);
}

TEST(DataLoader, ShufflesBySeed) {
  const auto order = [](uint64_t seed) {
    return DataLoader(numbers(50), {.shuffle = true, .seed = seed}).order(0);
  };
  EXPECT_NE(order(1), order(2));
  EXPECT_EQ(order(1), order(1));
}

TEST(DataLoader, ShufflesWithoutBias) {
  // Where sample 0 of 4 ends up over many epochs.
  const DataLoader loader(numbers(4), {.shuffle = true});
  int counts[4] = {};
  for (int64_t epoch = 0; epoch < 4000; ++epoch) {
    const auto order = loader.order(epoch);
    ++counts[std::ranges::find(order, 0) - order.begin()];
  }
  for (const int count : counts) EXPECT_NEAR(count, 1000, 120);
}

TEST(DataLoader, OrderDoesNotDependOnWorkers) {
  Numbers expected;
  for (const int64_t workers : {0, 1, 2, 5}) {
    DataLoader loader(numbers(101),
                      {.batch_size = 4, .shuffle = true, .seed = 3, .workers = workers});
    const Numbers found = epoch_of(loader);
    if (workers == 0) expected = found;
    EXPECT_EQ(found, expected) << workers << " workers";
  }
}

TEST(DataLoader, RandomChangesDoNotDependOnWorkersNorTouchTheCallersStream) {
  Numbers expected;
  manual_seed(11);
  const auto before = default_generator().state();
  for (const int64_t workers : {0, 3}) {
    DataLoader loader(Subset(Noise(), 12), {.batch_size = 2, .workers = workers});
    Numbers found;
    for (auto& batch : loader) {
      found.emplace_back();
      for (const float v : batch.images.to_vector<float>()) {
        found.back().push_back(static_cast<int64_t>(v * (1 << 24)));
      }
    }
    if (workers == 0) expected = found;
    EXPECT_EQ(found, expected);
    EXPECT_NE(found[0], found[1]);
  }
  EXPECT_EQ(default_generator().state().seed, before.seed);
  EXPECT_EQ(default_generator().state().offset, before.offset);
}

TEST(DataLoader, ResumesWithinAnEpoch) {
  for (const int64_t workers : {0, 2}) {
    DataLoader loader(numbers(30),
                      {.batch_size = 4, .shuffle = true, .seed = 3, .workers = workers});
    epoch_of(loader);
    const Numbers whole = epoch_of(loader), next = epoch_of(loader);
    loader.set_epoch(1);
    loader.skip(3);
    EXPECT_EQ(epoch_of(loader), Numbers(whole.begin() + 3, whole.end()));
    EXPECT_EQ(epoch_of(loader), next);
    loader.skip(loader.batches());
    EXPECT_EQ(epoch_of(loader).size(), 0U);
  }
}

TEST(DataLoader, CanBeLeftInTheMiddle) {
  DataLoader loader(numbers(1000), {.batch_size = 2, .workers = 3});
  for (auto& [images, labels] : loader) {
    if (labels.to_vector<int64_t>()[0] >= 10) break;
  }
  EXPECT_EQ(epoch_of(loader).size(), 500U);
}

TEST(DataLoader, RunsSeveralEpochsAtOnce) {
  DataLoader loader(numbers(9), {.batch_size = 3, .workers = 2});
  for (auto& outer : loader) {
    EXPECT_EQ(epoch_of(loader).size(), 3U);
    EXPECT_EQ(outer.labels.numel(), 3);
  }
}

TEST(DataLoader, OutlivesNothingItNeeds) {
  const auto make = [] { return DataLoader(numbers(4), {.batch_size = 2, .workers = 1}); };
  auto it = make().begin();
  EXPECT_EQ(it->labels.to_vector<int64_t>(), (std::vector<int64_t>{0, 1}));
  ++it;
  EXPECT_EQ(it->labels.to_vector<int64_t>(), (std::vector<int64_t>{2, 3}));
  ++it;
  EXPECT_TRUE(it == std::default_sentinel);
}

TEST(DataLoader, BringsAWorkersErrorToTheCaller) {
  for (const int64_t workers : {0, 2}) {
    DataLoader loader(Noise(), {.batch_size = 5, .workers = workers});
    int batches = 0;
    EXPECT_EQ(test::message_of<IoError>([&] {
                for (auto& batch : loader) {
                  batches += batch.labels.defined() ? 1 : 0;
                }
              }),
              "Noise: sample 13 is bad");
    EXPECT_EQ(batches, 2);
  }
}

TEST(DataLoader, NeverHoldsMoreBatchesThanItsSlots) {
  struct Counting : Noise {
    std::shared_ptr<std::atomic<int>> made = std::make_shared<std::atomic<int>>(0);
    Batch get(std::span<const int64_t> indices) const override {
      ++*made;
      return {.images = ones({static_cast<int64_t>(indices.size())}), .labels = ones({1})};
    }
  };
  const Counting set;
  DataLoader loader(set, {.batch_size = 1, .workers = 1});
  int taken = 0;
  for (auto& batch : loader) {
    ++taken;
    EXPECT_LE(set.made->load(), taken + 2) << batch.labels.numel();
  }
  EXPECT_EQ(taken, 20);
}

TEST(DataLoader, RejectsOptionsOutOfRange) {
  EXPECT_THAT(
      test::message_of<ValueError>([] { DataLoader loader(numbers(3), {.batch_size = 0}); }),
      HasSubstr("batch_size 0"));
  EXPECT_THROW(DataLoader(numbers(3), {.workers = -1}), ValueError);
  EXPECT_THROW(DataLoader(DatasetPtr(), {}), ValueError);
  DataLoader loader(numbers(3));
  EXPECT_EQ(test::message_of<ValueError>([&] { loader.skip(4); }),
            "DataLoader::skip: 4 batches are not possible: an epoch has 3");
}

}  // namespace
}  // namespace ct::data
