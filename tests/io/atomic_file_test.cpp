// A file is replaced as a whole or not at all, and nothing is left behind.
#include "customtensor/io/atomic_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "customtensor/error.hpp"
#include "support/compare.hpp"
#include "support/scratch_folder.hpp"

namespace ct::io {
namespace {

using ::testing::HasSubstr;

size_t entries(const std::filesystem::path& folder) {
  const std::filesystem::directory_iterator all(folder);
  return static_cast<size_t>(std::distance(begin(all), end(all)));
}

TEST(AtomicFile, WritesTheBytes) {
  const test::ScratchFolder folder;
  const std::string bytes("a\0b\n", 4);
  write_file_atomically(folder / "x", bytes);
  EXPECT_EQ(test::read_file(folder / "x"), bytes);
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(AtomicFile, ReplacesAnOlderFile) {
  const test::ScratchFolder folder;
  write_file_atomically(folder / "x", "a long old text");
  write_file_atomically(folder / "x", "new");
  EXPECT_EQ(test::read_file(folder / "x"), "new");
}

TEST(AtomicFile, KeepsTheOldFileUntilCommit) {
  const test::ScratchFolder folder;
  write_file_atomically(folder / "x", "old");
  AtomicFile file(folder / "x");
  file.write("new");
  EXPECT_EQ(test::read_file(folder / "x"), "old");
  file.commit();
  EXPECT_EQ(test::read_file(folder / "x"), "new");
}

TEST(AtomicFile, LeavesNothingBehindWithoutCommit) {
  const test::ScratchFolder folder;
  {
    AtomicFile file(folder / "x");
    file.write("half");
  }
  EXPECT_EQ(entries(folder.path()), 0U);
}

TEST(AtomicFile, NamesTheFileThatCannotBeWritten) {
  const test::ScratchFolder folder;
  const auto path = folder / "none/x";
  EXPECT_EQ(test::message_of<IoError>([&] { write_file_atomically(path, "a"); }),
            "AtomicFile: file cannot be created: " + path.string() + ": No such file or directory");
}

TEST(AtomicFile, DoesNotReplaceAFolder) {
  const test::ScratchFolder folder;
  std::filesystem::create_directories(folder / "x");
  EXPECT_THAT(test::message_of<IoError>([&] { write_file_atomically(folder / "x", "a"); }),
              HasSubstr("cannot be replaced"));
  EXPECT_EQ(entries(folder.path()), 1U);
}

}  // namespace
}  // namespace ct::io
