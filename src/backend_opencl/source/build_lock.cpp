// See build_lock.hpp. All keys share a file, in which each has a byte to lock: nothing is left
// behind, and the system lets go of what a crashed process held.
#include "backend_opencl/source/build_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <limits>

namespace ct::opencl {
namespace {

int open_lock_file() {
  std::error_code failed;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(failed);
  if (failed) return -1;
  const auto path = folder / fmt::format("customtensor-builds-{}.lock", ::getuid());
  return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

}  // namespace

BuildLock::BuildLock(const CacheKey& key) : file_(open_lock_file()) {
  if (file_ < 0) return;
  struct flock byte {};
  byte.l_type = F_WRLCK;
  byte.l_whence = SEEK_SET;
  byte.l_start = static_cast<off_t>(key.low & std::numeric_limits<int32_t>::max());
  byte.l_len = 1;
  // Of the open file, not of the process: threads exclude each other too.
  if (::fcntl(file_, F_OFD_SETLK, &byte) == 0) return;
  waited_ = true;
  while (::fcntl(file_, F_OFD_SETLKW, &byte) != 0 && errno == EINTR) {
  }
}

BuildLock::~BuildLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace ct::opencl
