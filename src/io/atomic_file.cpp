// A file appears under its name only when all of it is on the disk: written beside it, flushed,
// renamed, and then the folder, which holds the name, flushed too. While it is written its
// temporary file is locked: one that is not, and whose process is gone, was left behind.
#include "customtensor/io/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <mutex>
#include <system_error>
#include <utility>

#include "customtensor/error.hpp"

namespace ct::io {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = ".tmp-";

/// Between the making of a temporary file and its lock nothing is tidied by this process.
std::mutex temporary_files;

/// What writing to `path` writes: behind symbolic links, also one to a file that is yet to be made.
fs::path resolved(fs::path path) {
  constexpr int kMostLinks = 40;  // the system's own limit
  std::error_code no_link;
  for (int i = 0; i < kMostLinks; ++i) {
    const fs::path next = fs::read_symlink(path, no_link);
    if (no_link) break;
    path = next.is_absolute() ? next : path.parent_path() / next;
  }
  return path;
}

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  return S_ISCHR(mode) || S_ISBLK(mode) ? "a device" : "a pipe or a socket";
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

/// The process in "x.tmp-<process>-<number>"; 0 for any other name.
pid_t process_of(std::string_view name) {
  const size_t mark = name.rfind(kMark);
  if (mark == name.npos || mark == 0) return 0;
  const char* next = name.data() + mark + kMark.size();
  const char* end = name.data() + name.size();
  pid_t process = 0;
  unsigned number = 0;
  const auto first = std::from_chars(next, end, process);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-') return 0;
  const auto second = std::from_chars(first.ptr + 1, end, number);
  return second.ec == std::errc() && second.ptr == end && process > 0 ? process : 0;
}

/// The lock tells a file in use from one left behind where the number of its process does not: this
/// process may have that of a killed one, and another machine's processes are not known here.
void remove_unless_in_use(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return;
  struct stat facts {};
  if (::fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode) &&
      ::flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
    ::unlink(file.c_str());
  }
  ::close(descriptor);
}

/// Removes what processes that were killed have left in a folder.
void tidy(const fs::path& folder) {
  std::error_code error;
  for (auto it = fs::directory_iterator(folder, error); !error && it != fs::directory_iterator();
       it.increment(error)) {
    const pid_t process = process_of(it->path().filename().native());
    if (process == 0) continue;
    const bool gone = ::kill(process, 0) != 0 && errno == ESRCH;
    if (gone || process == ::getpid()) remove_unless_in_use(it->path());
  }
}

/// Of the file that will be replaced, as far as the system lets us; what others may do with the
/// file must not become more.
void take_over_mode(int descriptor, const struct stat& old) {
  constexpr mode_t kAll = 07777, kGroup = 070;
  mode_t mode = old.st_mode & kAll;
  if (::fchown(descriptor, old.st_uid, old.st_gid) != 0 &&
      ::fchown(descriptor, static_cast<uid_t>(-1), old.st_gid) != 0) {
    mode &= ~kGroup | (mode << 3 & kGroup);  // another group: what anybody may do
    mode &= ~static_cast<mode_t>(S_ISGID);
  }
  static_cast<void>(::fchmod(descriptor, mode));  // some file systems have no modes
}

}  // namespace

AtomicFile::AtomicFile(const fs::path& path) : path_(path), target_(resolved(path)) {
  struct stat old {};
  const bool replaces = ::stat(target_.c_str(), &old) == 0;
  if (replaces && !S_ISREG(old.st_mode)) {
    throw IoError(fmt::format("AtomicFile: file cannot be replaced: {}: it is {}, no regular file",
                              path_.string(), kind_of(old.st_mode)));
  }
  if (!replaces && errno != ENOENT) fail("cannot be created");
  static std::atomic<unsigned> next{0};
  const std::lock_guard lock(temporary_files);
  tidy(folder_of(target_));
  constexpr int kAttempts = 100;  // one of our number may be there, of a killed process elsewhere
  for (int i = 0; i < kAttempts && descriptor_ < 0; ++i) {
    temporary_ = target_;
    temporary_ += fmt::format("{}{}-{}", kMark, ::getpid(), next++);
    descriptor_ =
        ::open(temporary_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, replaces ? 0600 : 0666);
    if (descriptor_ < 0 && errno != EEXIST) break;
    struct stat made {};
    if (descriptor_ >= 0) ::flock(descriptor_, LOCK_EX | LOCK_NB);
    // A process that knows nothing of ours may have tidied it away before the lock.
    if (descriptor_ >= 0 && ::fstat(descriptor_, &made) == 0 && made.st_nlink == 0) {
      ::close(std::exchange(descriptor_, -1));
    }
  }
  if (descriptor_ < 0) fail("cannot be created");
  if (replaces) take_over_mode(descriptor_, old);
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  if (descriptor_ >= 0) ::close(descriptor_);
}

void AtomicFile::write(const void* bytes, size_t count) {
  const char* next = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t written = ::write(descriptor_, next, count);
    if (written < 0) {
      if (errno == EINTR) continue;
      fail("cannot be written");
    }
    next += written;
    count -= static_cast<size_t>(written);
  }
}

void AtomicFile::flush() {
  if (::fsync(descriptor_) != 0) fail("cannot be flushed to the disk");
}

void AtomicFile::commit() {
  flush();
  // A failed write is told of at the latest here on some file systems. The copy holds the lock
  // until the temporary name is gone.
  const int descriptor = std::exchange(descriptor_, ::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0));
  if (::close(descriptor) != 0) fail("cannot be closed");
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail("cannot be replaced");
  temporary_.clear();
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  const int folder = ::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;  // may write to it but not read it: the rename stands nevertheless
  const int result = ::fsync(folder);
  const int error = errno;
  ::close(folder);
  errno = error;
  // Some file systems cannot flush a folder and say so by EINVAL.
  if (result != 0 && error != EINVAL) fail("was replaced, but its folder cannot be flushed");
}

void AtomicFile::fail(const char* what) const {
  throw IoError(
      fmt::format("AtomicFile: file {}: {}: {}", what, path_.string(), std::strerror(errno)));
}

void write_file_atomically(const fs::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace ct::io
