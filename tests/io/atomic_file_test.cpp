// A file is replaced as a whole or not at all, and nothing is left behind.
#include "customtensor/io/atomic_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <utility>
#include <vector>

#include "customtensor/error.hpp"
#include "support/compare.hpp"
#include "support/scratch_folder.hpp"

namespace ct::io {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

unsigned mode_of(const fs::path& path) {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) == 0 ? facts.st_mode & 07777U : 0;
}

/// While it lives no file can grow beyond `bytes`, as on a disk that is full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

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

TEST(AtomicFile, WhereTheDiskIsFullTheOldFileStays) {
  const test::ScratchFolder folder;
  write_file_atomically(folder / "x", "old");
  {
    const FullDisk full(1000);
    EXPECT_THAT(test::message_of<IoError>(
                    [&] { write_file_atomically(folder / "x", std::string(5000, 'n')); }),
                HasSubstr((folder / "x").string()));
  }
  EXPECT_EQ(test::read_file(folder / "x"), "old");
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(AtomicFile, DoesNotReplaceAFolder) {
  const test::ScratchFolder folder;
  std::filesystem::create_directories(folder / "x");
  EXPECT_THAT(test::message_of<IoError>([&] { write_file_atomically(folder / "x", "a"); }),
              HasSubstr("cannot be replaced"));
  EXPECT_EQ(entries(folder.path()), 1U);
}

TEST(AtomicFile, WritesBehindSymbolicLinks) {
  const test::ScratchFolder folder;
  fs::create_directories(folder / "real");
  test::write_file(folder / "real/x", "old");
  fs::create_symlink("real/x", folder / "near");
  fs::create_symlink(folder / "near", folder / "far");
  write_file_atomically(folder / "far", "new");
  EXPECT_TRUE(fs::is_symlink(folder / "far"));
  EXPECT_TRUE(fs::is_symlink(folder / "near"));
  EXPECT_FALSE(fs::is_symlink(folder / "real/x"));
  EXPECT_EQ(test::read_file(folder / "real/x"), "new");
  EXPECT_EQ(entries(folder / "real"), 1U);
}

TEST(AtomicFile, MakesTheFileThatALinkLeadsTo) {
  const test::ScratchFolder folder;
  fs::create_symlink("later", folder / "link");
  write_file_atomically(folder / "link", "x");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(test::read_file(folder / "later"), "x");
}

TEST(AtomicFile, RefusesLinksInACircle) {
  const test::ScratchFolder folder;
  fs::create_symlink("b", folder / "a");
  fs::create_symlink("a", folder / "b");
  EXPECT_THAT(test::message_of<IoError>([&] { write_file_atomically(folder / "a", "x"); }),
              HasSubstr("Too many levels of symbolic links"));
  EXPECT_TRUE(fs::is_symlink(folder / "a"));
}

TEST(AtomicFile, ReplacesNothingButRegularFiles) {
  const test::ScratchFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  fs::create_symlink("/dev/null", folder / "null");
  fs::create_symlink("/", folder / "root");
  for (const auto& [name, kind] :
       {std::pair("pipe", "a pipe or a socket"), {"null", "a device"}, {"root", "a folder"}}) {
    const auto path = folder / name;
    EXPECT_EQ(test::message_of<IoError>([&] { write_file_atomically(path, "x"); }),
              "AtomicFile: file cannot be replaced: " + path.string() + ": it is " + kind +
                  ", no regular file");
  }
  EXPECT_TRUE(fs::is_fifo(folder / "pipe"));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_EQ(entries(folder.path()), 3U);
}

TEST(AtomicFile, KeepsTheModeOfAReplacedFile) {
  const test::ScratchFolder folder;
  test::write_file(folder / "x", "old");
  ASSERT_EQ(::chmod((folder / "x").c_str(), 0640), 0);
  AtomicFile file(folder / "x");
  file.write("new");
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    EXPECT_EQ(mode_of(entry.path()), 0640U) << "not even for a moment may others read it";
  }
  file.commit();
  EXPECT_EQ(mode_of(folder / "x"), 0640U);
}

TEST(AtomicFile, KeepsTheOwnerOfAReplacedFile) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may give a file away";
  const test::ScratchFolder folder;
  test::write_file(folder / "x", "old");
  ASSERT_EQ(::chown((folder / "x").c_str(), 12345, 23456), 0);
  write_file_atomically(folder / "x", "new");
  struct stat facts {};
  ASSERT_EQ(::stat((folder / "x").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_uid, 12345U);
  EXPECT_EQ(facts.st_gid, 23456U);
}

/// The number of a process that is no more.
pid_t dead_process() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  return child;
}

TEST(AtomicFile, RemovesWhatKilledProcessesLeft) {
  const test::ScratchFolder folder;
  const std::string dead = std::to_string(dead_process()), own = std::to_string(::getpid());
  test::write_file(folder / ("y.tmp-" + dead + "-0"), "half");
  test::write_file(folder / ("x.tmp-" + own + "-999999"), "of one that had our number");
  const std::vector<std::string> others = {"y.tmp-1-0", ".tmp-" + dead + "-0", "y.tmp-" + dead,
                                           "y.tmp-" + dead + "-0.txt", "y.tmp-x" + dead + "-0"};
  for (const auto& name : others) test::write_file(folder / name, "not ours, or in use");
  write_file_atomically(folder / "x", "new");
  EXPECT_EQ(entries(folder.path()), others.size() + 1);
  for (const auto& name : others) EXPECT_TRUE(fs::exists(folder / name)) << name;
}

TEST(AtomicFile, LeavesOthersInTheFolderAlone) {
  const test::ScratchFolder folder;
  AtomicFile first(folder / "x"), second(folder / "x"), third(folder / "y");
  first.write("1");
  second.write("2");
  third.write("3");
  third.commit();
  second.commit();
  first.commit();
  EXPECT_EQ(test::read_file(folder / "x"), "1");
  EXPECT_EQ(entries(folder.path()), 2U);
}

TEST(AtomicFile, AKilledProcessLeavesTheOldFile) {
  const test::ScratchFolder folder;
  write_file_atomically(folder / "x", "old");
  const pid_t child = ::fork();
  if (child == 0) {
    AtomicFile file(folder / "x");
    file.write("half");
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(entries(folder.path()), 2U);
  EXPECT_EQ(test::read_file(folder / "x"), "old");
  write_file_atomically(folder / "y", "another");
  EXPECT_EQ(entries(folder.path()), 2U) << "x and y";
}

}  // namespace
}  // namespace ct::io
