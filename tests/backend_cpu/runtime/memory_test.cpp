// The CPU's caching allocator through Backend. Other tests run before in the same process, so
// figures are compared with those at the start.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <future>
#include <thread>
#include <vector>

#include "backend_cpu/kernel_harness.hpp"
#include "customtensor/error.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define CT_NO_CACHE 1  // blocks come from the system, so that the sanitizer sees them
#endif

namespace ct::test {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

TEST(CpuMemoryTest, AlignsEverySizeTo64Bytes) {
  for (const size_t bytes :
       {1UL, 63UL, 64UL, 1000UL, 5000UL, 100000UL, 300001UL, 3 * kMiB, 9 * kMiB}) {
    void* block = cpu().allocate(bytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % 64, 0U) << bytes;
    std::memset(block, 1, bytes);
    cpu().deallocate(block, bytes);
  }
}

TEST(CpuMemoryTest, CountsWhatIsInUse) {
  const MemoryStats before = cpu().memory_stats();
  void* small = cpu().allocate(100);
  void* large = cpu().allocate(4 * kMiB);
  const MemoryStats during = cpu().memory_stats();
  EXPECT_EQ(during.in_use - before.in_use, 128 + 4 * kMiB);
  EXPECT_EQ(during.allocations - before.allocations, 2U);
  EXPECT_GE(during.peak, during.in_use);
  cpu().deallocate(small, 100);
  cpu().deallocate(large, 4 * kMiB);
  EXPECT_EQ(cpu().memory_stats().in_use, before.in_use);
}

#ifndef CT_NO_CACHE
TEST(CpuMemoryTest, SteadyStateAsksTheSystemForNothing) {
  const std::vector<size_t> sizes = {64, 1000, 70000, kMiB, 5 * kMiB};
  const auto round = [&] {
    std::vector<void*> blocks;
    for (const size_t bytes : sizes) blocks.push_back(cpu().allocate(bytes));
    for (size_t i = 0; i < sizes.size(); ++i) cpu().deallocate(blocks[i], sizes[i]);
  };
  round();
  const uint64_t misses = cpu().memory_stats().misses;
  for (int i = 0; i < 10; ++i) round();
  EXPECT_EQ(cpu().memory_stats().misses, misses);
}

TEST(CpuMemoryTest, TrimReturnsWhatIsCached) {
  void* small = cpu().allocate(2000);
  void* large = cpu().allocate(6 * kMiB);
  cpu().deallocate(small, 2000);
  cpu().deallocate(large, 6 * kMiB);
  const size_t cached = cpu().memory_stats().cached;
  EXPECT_GE(cached, 2000 + 6 * kMiB);
  cpu().trim();
  EXPECT_LE(cpu().memory_stats().cached, cached - 2000 - 6 * kMiB);
}

TEST(CpuMemoryTest, ABlockFreedByAnotherThreadIsUsedAgain) {
  cpu().trim();
  void* block = cpu().allocate(3000);
  void* again = nullptr;
  std::thread([&] {
    void* warm = cpu().allocate(64);  // the thread has lists from now on
    cpu().deallocate(block, 3000);
    again = cpu().allocate(3000);
    cpu().deallocate(again, 3000);
    cpu().deallocate(warm, 64);
  }).join();
  EXPECT_EQ(again, block);
}

TEST(CpuMemoryTest, AThreadThatEndsLeavesItsBlocksToTheOthers) {
  cpu().trim();
  void* block = nullptr;
  std::thread([&] {
    void* first = cpu().allocate(3000);
    cpu().deallocate(first, 3000);
    block = first;
  }).join();
  void* mine = cpu().allocate(3000);
  EXPECT_EQ(mine, block);
  cpu().deallocate(mine, 3000);
}
#endif

TEST(CpuMemoryTest, AThreadMayFreeAfterItsThreadLocalsAreGone) {
  struct Late {
    void* block = nullptr;
    ~Late() {
      cpu().deallocate(block, 500);
      void* more = cpu().allocate(500);
      cpu().deallocate(more, 500);
    }
  };
  const size_t before = cpu().memory_stats().in_use;
  std::thread([] {
    thread_local Late late;  // made before the allocator's own data, so destroyed after it
    late.block = nullptr;
    late.block = cpu().allocate(500);
  }).join();
  EXPECT_EQ(cpu().memory_stats().in_use, before);
}

TEST(CpuMemoryTest, CountsAcrossThreads) {
  const MemoryStats before = cpu().memory_stats();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 1000; ++i) {
        const size_t bytes = static_cast<size_t>(1 + i % 50) * 300;
        void* block = cpu().allocate(bytes);
        std::memset(block, i, bytes);
        cpu().deallocate(block, bytes);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const MemoryStats after = cpu().memory_stats();
  EXPECT_EQ(after.in_use, before.in_use);
  EXPECT_EQ(after.allocations - before.allocations, 4000U);
}

TEST(CpuMemoryTest, SaysSoWhenThereIsNoMoreMemory) {
  try {
    cpu().allocate(size_t{1} << 60);
    FAIL() << "no exception";
  } catch (const BackendError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("cpu: out of memory: asked for "
                                                   "1152921504606846976 bytes, in use "));
  }
}

TEST(CpuMemoryTest, CopiesLargeBuffersWhole) {
  const size_t bytes = 5 * kMiB + 3;
  std::vector<uint8_t> source(bytes);
  for (size_t i = 0; i < bytes; ++i) source[i] = static_cast<uint8_t>(i * 7 + i / 251);
  void* a = cpu().allocate(bytes + 5);
  void* b = cpu().allocate(bytes + 5);
  cpu().copy_from_host(a, 5, source.data(), bytes);
  cpu().copy(b, 2, a, 5, bytes);
  std::vector<uint8_t> back(bytes);
  cpu().copy_to_host(back.data(), b, 2, bytes);
  EXPECT_TRUE(back == source);
  cpu().deallocate(a, bytes + 5);
  cpu().deallocate(b, bytes + 5);
}

TEST(CpuMemoryTest, DescribesTheMachine) {
  EXPECT_THAT(cpu().description(), ::testing::HasSubstr(" threads, "));
}

}  // namespace
}  // namespace ct::test
