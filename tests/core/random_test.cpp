// Random streams: Philox against its published vectors, and what a generator hands out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <customtensor/ops/random.hpp>
#include <set>
#include <thread>
#include <vector>

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

/// What `work` gives in a thread of its own.
template <class F>
auto in_a_thread(const F& work) {
  decltype(work()) result;
  std::thread([&] { result = work(); }).join();
  return result;
}

uint64_t own_seed() { return default_generator().state().seed; }

TEST(DefaultGenerator, BelongsToItsThread) {
  manual_seed(5);
  const RandomState other = in_a_thread([] { return default_generator().state(); });
  EXPECT_EQ(other.seed, stream_seed(5, 1));
  EXPECT_EQ(other.offset, 0);
  EXPECT_EQ(default_generator().state().seed, 5);
  manual_seed(0);
}

TEST(DefaultGenerator, ThreadsHaveStreamsOfTheirOwnThatFollowFromTheSeed) {
  const auto seeds = [](uint64_t seed) {
    manual_seed(seed);
    std::vector<uint64_t> found;
    for (int i = 0; i < 3; ++i) found.push_back(in_a_thread(own_seed));
    found.push_back(own_seed());
    return found;
  };
  const std::vector<uint64_t> first = seeds(7);
  EXPECT_EQ(first,
            (std::vector<uint64_t>{stream_seed(7, 1), stream_seed(7, 2), stream_seed(7, 3), 7}));
  EXPECT_EQ(seeds(7), first);
  std::set<uint64_t> all(first.begin(), first.end());
  const std::vector<uint64_t> others = seeds(8);
  all.insert(others.begin(), others.end());
  EXPECT_EQ(all.size(), 8);
  manual_seed(0);
}

TEST(DefaultGenerator, AThreadDrawsWhatNoOtherDraws) {
  manual_seed(7);
  const auto draw = [] { return rand({4}).to_vector<float>(); };
  const auto here = draw();
  const auto there = in_a_thread(draw);
  const auto elsewhere = in_a_thread(draw);
  EXPECT_NE(here, there);
  EXPECT_NE(there, elsewhere);
  manual_seed(7);
  EXPECT_EQ(draw(), here);
  EXPECT_EQ(in_a_thread(draw), there);
  manual_seed(0);
}

TEST(DefaultGenerator, ARunningThreadFollowsANewSeed) {
  manual_seed(7);
  std::thread([] {
    EXPECT_EQ(own_seed(), stream_seed(7, 1));
    std::thread([] { manual_seed(9); }).join();
    EXPECT_EQ(own_seed(), stream_seed(9, 1));
    EXPECT_EQ(default_generator().state().offset, 0);
  }).join();
  EXPECT_EQ(own_seed(), 7);  // this one chose its own
  manual_seed(0);
}

TEST(DefaultGenerator, WhatAThreadChoseStays) {
  manual_seed(7);
  std::thread([] {
    default_generator().manual_seed(3);
    (void)default_generator().take(10);
    std::thread([] { manual_seed(9); }).join();
    EXPECT_EQ(own_seed(), 3);
    EXPECT_EQ(default_generator().state().offset, 5);
    EXPECT_EQ(in_a_thread(own_seed), stream_seed(9, 1));
  }).join();
  manual_seed(0);
}

TEST(DefaultGenerator, AGuardTakesNoNumberAndGivesTheStreamBack) {
  manual_seed(7);
  std::thread([] {
    {
      const StreamGuard guard(3);
      EXPECT_EQ(own_seed(), 3);
      (void)default_generator().take(10);
    }
    EXPECT_EQ(in_a_thread(own_seed), stream_seed(7, 1));
    EXPECT_EQ(own_seed(), stream_seed(7, 2));
    (void)default_generator().take(10);
    { const StreamGuard guard(3); }
    EXPECT_EQ(default_generator().state().offset, 5);
  }).join();
  manual_seed(0);
}

TEST(StreamSeed, NumberZeroIsTheSeedItself) {
  EXPECT_EQ(stream_seed(0, 0), 0U);
  EXPECT_EQ(stream_seed(42, 0), 42U);
  EXPECT_NE(stream_seed(42, 1), stream_seed(43, 1));
  EXPECT_NE(stream_seed(0, 1), stream_seed(0, uint64_t{1} << 32));
}

}  // namespace
}  // namespace ct
