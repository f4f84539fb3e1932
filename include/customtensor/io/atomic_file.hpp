// Files that are either the old one or the whole new one, whatever happens while they are written.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "customtensor/export.hpp"

namespace ct::io {

/// Writes to "<path>.tmp-<process>-<number>" beside `path`; commit() flushes that to the disk and
/// renames it. Without commit nothing is left behind. Errors, all: IoError with the file's name and
/// the system's reason
class CT_API AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* bytes, size_t count);
  void write(std::string_view bytes) { write(bytes.data(), bytes.size()); }
  /// Once, at the end. When it returns, the file will be there after a power failure too.
  void commit();

 private:
  void fail(const char* what) const;

  std::filesystem::path path_, temporary_;
  int descriptor_ = -1;
};

CT_API void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

}  // namespace ct::io
