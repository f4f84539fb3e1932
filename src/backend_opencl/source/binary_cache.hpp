// Program binaries on disk, so that a second process need not build. A file holds its key, the size
// and a checksum; it is written under another name and renamed, so that readers see all or nothing.
// What is damaged counts as missing. Where the files come to more than the limit, those that were
// not used for longest go. Knows nothing of OpenCL.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "customtensor/export.hpp"

namespace ct::opencl {

/// 128 bits over everything that a binary depends on.
struct CacheKey {
  uint64_t high = 0, low = 0;
  friend bool operator==(const CacheKey&, const CacheKey&) = default;
};
/// Parts are told apart: ("ab", "c") differs from ("a", "bc").
CT_API CacheKey cache_key(std::initializer_list<std::string_view> parts);

class CT_API BinaryCache {
 public:
  /// An empty folder, or a limit of 0 bytes, switches the cache off. The folder is made when
  /// something is stored.
  BinaryCache(std::string folder, uint64_t limit)
      : folder_(limit == 0 ? "" : std::move(folder)), limit_(limit) {}

  std::optional<std::string> load(const CacheKey& key) const;
  /// Does nothing where it cannot write: a cache is a convenience.
  void store(const CacheKey& key, std::string_view binary) const;
  std::string path(const CacheKey& key) const;

  /// CT_CACHE_DIR, else customtensor under XDG_CACHE_HOME or ~/.cache; empty if none is set.
  static std::string default_folder();
  /// Bytes: CT_CACHE_MB MiB, else 1 GiB. Errors: ValueError if that is no whole number.
  static uint64_t default_limit();

 private:
  void make_room(const std::string& newest) const;

  std::string folder_;
  uint64_t limit_;
};

}  // namespace ct::opencl
