// Random streams: Philox against its published vectors, and what a generator hands out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <customtensor/random.hpp>
#include <thread>

#include "core/philox.hpp"

namespace ct {
namespace {

using testing::ElementsAre;

// The known-answer vectors of Random123 for philox4x32 with 10 rounds.
TEST(Philox, AgreesWithThePublishedVectors) {
  EXPECT_THAT(philox::block({0, 0, 0, 0}, {0, 0}),
              ElementsAre(0x6627e8d5U, 0xe169c58dU, 0xbc57ac4cU, 0x9b00dbd8U));
  constexpr uint32_t kOnes = 0xffffffffU;
  EXPECT_THAT(philox::block({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}),
              ElementsAre(0x408f276dU, 0x41c83b0eU, 0xa20bc7c6U, 0x6d5451fdU));
  EXPECT_THAT(philox::block({0x243f6a88U, 0x85a308d3U, 0x13198a2eU, 0x03707344U},
                            {0xa4093822U, 0x299f31d0U}),
              ElementsAre(0xd16cfe09U, 0x94fdcceb, 0x5001e420U, 0x24126ea1U));
}

TEST(Philox, SplitsSeedAndCounterIntoWords) {
  EXPECT_THAT(philox4x32(0, 0), ElementsAre(0x6627e8d5U, 0xe169c58dU, 0xbc57ac4cU, 0x9b00dbd8U));
  const uint64_t seed = 0x299f31d0a4093822U, counter = 0x85a308d3243f6a88U;
  EXPECT_EQ(philox4x32(seed, counter),
            philox::block({0x243f6a88U, 0x85a308d3U, 0, 0}, {0xa4093822U, 0x299f31d0U}));
}

TEST(Generator, HandsOutPiecesThatFollowEachOther) {
  Generator generator(7);
  const RandomState first = generator.take(10);
  EXPECT_EQ(first.seed, 7);
  EXPECT_EQ(first.offset, 0);
  EXPECT_EQ(generator.take(3).offset, 5);
  EXPECT_EQ(generator.take(0).offset, 7);
  EXPECT_EQ(generator.take(1).offset, 7);
  EXPECT_EQ(generator.state().offset, 8);
}

TEST(Generator, GoesBackToASavedState) {
  Generator generator(7);
  (void)generator.take(100);
  const RandomState saved = generator.state();
  const RandomState next = generator.take(4);
  generator.set_state(saved);
  EXPECT_EQ(generator.take(4).offset, next.offset);
}

TEST(Generator, SeedingStartsAtTheBeginning) {
  Generator generator(7);
  (void)generator.take(100);
  generator.manual_seed(9);
  EXPECT_EQ(generator.state().seed, 9);
  EXPECT_EQ(generator.state().offset, 0);
}

TEST(DefaultGenerator, BelongsToItsThread) {
  manual_seed(5);
  RandomState other{1, 1};
  std::thread([&] { other = default_generator().state(); }).join();
  EXPECT_EQ(other.seed, 0);
  EXPECT_EQ(other.offset, 0);
  EXPECT_EQ(default_generator().state().seed, 5);
  manual_seed(0);
}

}  // namespace
}  // namespace ct
