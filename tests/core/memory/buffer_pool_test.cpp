// Size classes, and the pool over a system of the test's own that counts and can refuse.
#include "core/memory/buffer_pool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <thread>
#include <vector>

#include "customtensor/error.hpp"
#include "support/compare.hpp"

namespace ct {
namespace {

/// A system that counts, and can be told to refuse.
struct System {
  std::multiset<size_t> given;
  int calls = 0;
  size_t room = ~size_t{0};

  void* allocate(size_t bytes) {
    ++calls;
    size_t used = 0;
    for (const size_t size : given) used += size;
    if (used + bytes > room) return nullptr;
    given.insert(bytes);
    return std::malloc(bytes);
  }
  void free(void* block, size_t bytes) {
    given.erase(given.find(bytes));
    std::free(block);
  }
};

struct BufferPoolTest : ::testing::Test {
  System system;
  BufferPool pool{"test", [this](size_t n) { return system.allocate(n); },
                  [this](void* p, size_t n) { system.free(p, n); }, 4096};
};

TEST(SizeClassTest, EverySizeFitsItsClassWithAtMostAQuarterToSpare) {
  for (size_t bytes = 1; bytes < 100000; ++bytes) {
    const int c = size_class::index(bytes);
    const size_t size = size_class::bytes(c);
    ASSERT_GE(size, bytes);
    ASSERT_LE(size - bytes, std::max<size_t>(63, bytes / 4));
    ASSERT_TRUE(c == 0 || size_class::bytes(c - 1) < bytes);
  }
}

TEST(SizeClassTest, HoldsVeryLargeSizes) {
  const size_t huge = size_t{1} << 61;
  EXPECT_LT(size_class::index(huge), size_class::kCount);
  EXPECT_EQ(size_class::bytes(size_class::index(huge)), huge);
}

TEST_F(BufferPoolTest, HandsOutAFreedBlockAgain) {
  void* a = pool.allocate(1000);
  pool.deallocate(a, 1000);
  EXPECT_EQ(pool.allocate(1010), a);  // of the same class
  pool.deallocate(a, 1010);
  EXPECT_EQ(system.calls, 1);
}

TEST_F(BufferPoolTest, CountsBytesOfClassesCallsAndMisses) {
  void* a = pool.allocate(100);  // class of 128
  void* b = pool.allocate(64);
  pool.deallocate(a, 100);
  void* c = pool.allocate(128);
  const MemoryStats stats = pool.stats();
  EXPECT_EQ(stats.in_use, 192U);
  EXPECT_EQ(stats.cached, 0U);
  EXPECT_EQ(stats.peak, 192U);
  EXPECT_EQ(stats.allocations, 3U);
  EXPECT_EQ(stats.misses, 2U);
  pool.deallocate(b, 64);
  pool.deallocate(c, 128);
  EXPECT_EQ(pool.stats().cached, 192U);
}

TEST_F(BufferPoolTest, KeepsNoMoreThanTheLimit) {
  void* a = pool.allocate(4096);
  void* b = pool.allocate(64);
  pool.deallocate(a, 4096);
  pool.deallocate(b, 64);
  EXPECT_EQ(pool.stats().cached, 4096U);
  EXPECT_THAT(system.given, ::testing::ElementsAre(4096U));
}

TEST_F(BufferPoolTest, TrimGivesEverythingCachedBack) {
  void* a = pool.allocate(1024);
  void* b = pool.allocate(64);
  pool.deallocate(a, 1024);
  pool.trim();
  EXPECT_EQ(pool.stats().cached, 0U);
  EXPECT_THAT(system.given, ::testing::ElementsAre(64U));
  pool.deallocate(b, 64);
}

TEST_F(BufferPoolTest, TrimsAndTriesAgainWhenTheSystemRefuses) {
  system.room = 2048;
  void* a = pool.allocate(1024);
  pool.deallocate(a, 1024);
  void* b = pool.allocate(2048);  // fits only without the cached block
  EXPECT_THAT(system.given, ::testing::ElementsAre(2048U));
  pool.deallocate(b, 2048);
}

TEST_F(BufferPoolTest, SaysWhoHoldsTheMemoryWhenThereIsNoMore) {
  system.room = 1024;
  void* a = pool.allocate(512);
  try {
    pool.allocate(1000);
    FAIL() << "no exception";
  } catch (const BackendError& error) {
    EXPECT_STREQ(error.what(),
                 "test: out of memory: asked for 1000 bytes, in use 512 (most in 1 block of 512), "
                 "cached 0 of at most 4096; use smaller batches or free tensors that are no longer "
                 "needed");
  }
  EXPECT_EQ(pool.stats().in_use, 512U);
  EXPECT_EQ(pool.stats().peak, 512U);
  pool.deallocate(a, 512);
}

TEST_F(BufferPoolTest, RefusesMoreThanThereIsWithoutAskingTheSystem) {
  BufferPool small(
      "test", [this](size_t n) { return system.allocate(n); },
      [this](void* p, size_t n) { system.free(p, n); }, 4096, 0, size_t{1} << 20);
  EXPECT_EQ(test::message_of<OutOfMemoryError>([&] { small.allocate(size_t{3} << 29); }),
            "test: out of memory: asked for 1610612736 bytes, in use 0, cached 0 of at most 4096: "
            "1.5 GiB where there are 1.0 MiB in all; use smaller batches or free tensors that are "
            "no longer needed");
  EXPECT_EQ(system.calls, 0);
}

TEST(BufferPoolThreadsTest, ManyThreadsShareOnePool) {
  BufferPool pool(
      "test", [](size_t n) { return std::malloc(n); }, [](void* p, size_t) { std::free(p); },
      1 << 20);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&pool, t] {
      for (int i = 0; i < 2000; ++i) {
        const size_t bytes = 64U * static_cast<size_t>(1 + (i + t) % 9);
        auto* block = static_cast<int*>(pool.allocate(bytes));
        block[0] = t;
        ASSERT_EQ(block[0], t);
        pool.deallocate(block, bytes);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(pool.stats().in_use, 0U);
  EXPECT_EQ(pool.stats().allocations, 8000U);
}

}  // namespace
}  // namespace ct
