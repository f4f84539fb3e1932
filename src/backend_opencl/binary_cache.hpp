// Program binaries on disk, so that a second process need not build. A file holds its key, the size
// and a checksum; it is written under another name and renamed, so that readers see all or nothing.
// What is damaged counts as missing. Knows nothing of OpenCL.
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
  /// An empty folder switches the cache off. The folder is made when something is stored.
  explicit BinaryCache(std::string folder) : folder_(std::move(folder)) {}

  std::optional<std::string> load(const CacheKey& key) const;
  /// Does nothing where it cannot write: a cache is a convenience.
  void store(const CacheKey& key, std::string_view binary) const;
  std::string path(const CacheKey& key) const;

  /// CT_CACHE_DIR, else customtensor under XDG_CACHE_HOME or ~/.cache; empty if none is set.
  static std::string default_folder();

 private:
  std::string folder_;
};

}  // namespace ct::opencl
