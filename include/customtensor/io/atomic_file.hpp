// Files that are either the old one or the whole new one, whatever happens while they are written.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "customtensor/export.hpp"

namespace ct::io {

/// Writes to "<path>.tmp-<process>-<number>" beside `path`; commit() flushes that to the disk and
/// renames it. Without commit nothing is left behind, but by a process that is killed: what such
/// ones have left is removed when a file of the folder is next written.
///
/// A symbolic link stays, and the file that it leads to is written. A file that is replaced keeps
/// its mode and, as far as the system lets the process, owner and group; other hard links to it
/// keep the old bytes. Errors, all: IoError with the file's name and the reason: for a folder, a
/// device, a pipe or a socket under that name, and where the system fails
class CT_API AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* bytes, size_t count);
  void write(std::string_view bytes) { write(bytes.data(), bytes.size()); }
  /// What was written is on the disk when it returns, still beside `path`: for what must happen
  /// before the file is replaced, when nothing but that can fail any more.
  void flush();
  /// Once, at the end. When it returns, the file will be there after a power failure too.
  void commit();

 private:
  void fail(const char* what) const;

  std::filesystem::path path_, target_, temporary_;
  int descriptor_ = -1;
};

CT_API void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

}  // namespace ct::io
