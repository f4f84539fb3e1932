// The cache of program binaries: files alone, no device.
#include "backend_opencl/binary_cache.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/scratch_folder.hpp"

namespace ct::opencl {
namespace {

class BinaryCacheTest : public ::testing::Test {
 protected:
  test::ScratchFolder scratch_;
  std::string folder_ = (scratch_ / "deeper").string();
  BinaryCache cache_{folder_};
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

TEST_F(BinaryCacheTest, AFolderThatCannotBeMadeIsNoError) {
  const BinaryCache nowhere("/proc/no/such/folder");
  nowhere.store(key_, "binary");
  EXPECT_FALSE(nowhere.load(key_).has_value());
}

}  // namespace
}  // namespace ct::opencl
