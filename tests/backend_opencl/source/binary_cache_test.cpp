// The cache of program binaries and the lock of builds: files alone, no device.
#include "backend_opencl/source/binary_cache.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "backend_opencl/custom_gpu.hpp"
#include "backend_opencl/source/build_lock.hpp"
#include "support/compare.hpp"
#include "support/scratch_folder.hpp"

namespace ct::opencl {
namespace {

class BinaryCacheTest : public ::testing::Test {
 protected:
  test::ScratchFolder scratch_;
  std::string folder_ = (scratch_ / "deeper").string();
  BinaryCache cache_{folder_, 1 << 20};
  CacheKey key_ = cache_key({"source", "-O2", "device"});
};

TEST_F(BinaryCacheTest, GivesBackWhatWasStored) {
  EXPECT_FALSE(cache_.load(key_).has_value());
  const std::string binary("\0\1binary\xff", 9);
  cache_.store(key_, binary);
  EXPECT_EQ(cache_.load(key_), binary);
}

TEST_F(BinaryCacheTest, TellsKeysApart) {
  cache_.store(key_, "one");
  EXPECT_FALSE(cache_.load(cache_key({"source-O2", "device"})).has_value());
  EXPECT_FALSE(cache_key({"ab", "c"}) == cache_key({"a", "bc"}));
}

TEST_F(BinaryCacheTest, ADamagedEntryCountsAsMissing) {
  cache_.store(key_, "some binary");
  std::fstream file(cache_.path(key_), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(-1, std::ios::end);
  file.put('?');
  file.close();
  EXPECT_FALSE(cache_.load(key_).has_value());
}

TEST_F(BinaryCacheTest, ACutEntryCountsAsMissingAndIsReplaced) {
  cache_.store(key_, "some binary");
  std::filesystem::resize_file(cache_.path(key_), 20);
  EXPECT_FALSE(cache_.load(key_).has_value());
  cache_.store(key_, "some binary");
  EXPECT_EQ(cache_.load(key_), "some binary");
}

TEST_F(BinaryCacheTest, LeavesNoDrafts) {
  cache_.store(key_, "one");
  cache_.store(key_, "two");
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    files += entry.is_regular_file() ? 1 : 0;
  }
  EXPECT_EQ(files, 1);
}

/// Gives the entry of `key` another time of use.
void set_age(const BinaryCache& cache, const CacheKey& key, std::chrono::hours age) {
  std::filesystem::last_write_time(cache.path(key),
                                   std::filesystem::file_time_type::clock::now() - age);
}

TEST_F(BinaryCacheTest, OverItsLimitTheEntriesThatWereNotUsedForLongestGo) {
  const BinaryCache small(folder_, 3000);
  const std::string binary(900, 'x');  // and a header of 48
  const CacheKey keys[] = {cache_key({"a"}), cache_key({"b"}), cache_key({"c"}), cache_key({"d"})};
  for (int i = 0; i < 3; ++i) {
    small.store(keys[i], binary);
    set_age(small, keys[i], std::chrono::hours(10 - i));
  }
  EXPECT_TRUE(small.load(keys[0]).has_value());  // used now
  small.store(keys[3], binary);
  EXPECT_TRUE(small.load(keys[0]).has_value());
  EXPECT_FALSE(small.load(keys[1]).has_value());
  EXPECT_TRUE(small.load(keys[2]).has_value());
  EXPECT_TRUE(small.load(keys[3]).has_value());
}

TEST_F(BinaryCacheTest, AnEntryLargerThanTheLimitIsKeptAlone) {
  const BinaryCache small(folder_, 3000);
  small.store(cache_key({"a"}), "one");
  small.store(key_, std::string(5000, 'x'));
  EXPECT_FALSE(small.load(cache_key({"a"})).has_value());
  EXPECT_TRUE(small.load(key_).has_value());
}

TEST_F(BinaryCacheTest, RemovesDraftsOfProcessesThatDiedAndNothingElse) {
  cache_.store(key_, "one");
  const std::string dead = cache_.path(key_) + ".1.1";
  const std::string young = cache_.path(key_) + ".2.1";
  const std::string other = folder_ + "/notes.txt";
  for (const std::string& path : {dead, young, other}) std::ofstream(path) << "draft";
  for (const std::string& path : {dead, other}) {
    std::filesystem::last_write_time(
        path, std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));
  }
  cache_.store(cache_key({"a"}), "two");
  EXPECT_FALSE(std::filesystem::exists(dead));
  EXPECT_TRUE(std::filesystem::exists(young));
  EXPECT_TRUE(std::filesystem::exists(other));
}

TEST_F(BinaryCacheTest, ALimitOfNothingSwitchesItOff) {
  const BinaryCache off(folder_, 0);
  off.store(key_, "binary");
  EXPECT_FALSE(off.load(key_).has_value());
  EXPECT_FALSE(std::filesystem::exists(folder_));
}

TEST(BinaryCacheLimit, IsReadFromTheEnvironment) {
  {
    const test::ScopedEnvironment value("CT_CACHE_MB", "3");
    EXPECT_EQ(BinaryCache::default_limit(), 3U << 20);
  }
  for (const char* wrong : {"many", "-1", "1.5", "3 MB"}) {
    const test::ScopedEnvironment value("CT_CACHE_MB", wrong);
    EXPECT_EQ(test::message_of<ValueError>([] { BinaryCache::default_limit(); }),
              std::string("custom_gpu: CT_CACHE_MB is '") + wrong +
                  "'; it must be a whole number of MiB, 0 for no cache");
  }
}

TEST_F(BinaryCacheTest, AFolderThatCannotBeMadeIsNoError) {
  const BinaryCache nowhere("/proc/no/such/folder", 1 << 20);
  nowhere.store(key_, "binary");
  EXPECT_FALSE(nowhere.load(key_).has_value());
}

TEST(BuildLock, LetsOneInForAKey) {
  const CacheKey key = cache_key({"a program"});
  std::atomic<int> inside = 0;
  std::atomic<int> waits = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const BuildLock lock(key);
      EXPECT_EQ(++inside, 1);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      --inside;
      if (lock.waited()) ++waits;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(waits, 0);
  const BuildLock one(key);
  const BuildLock other(cache_key({"another"}));
  EXPECT_FALSE(one.waited());
  EXPECT_FALSE(other.waited());
}

}  // namespace
}  // namespace ct::opencl
