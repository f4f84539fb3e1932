// See binary_cache.hpp. Layout of a file: magic, key, size, checksum, binary.
#include "backend_opencl/source/binary_cache.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "core/settings.hpp"

namespace fs = std::filesystem;

namespace ct::opencl {
namespace {

/// A draft that is older was left by a process that died.
constexpr auto kDraftAge = std::chrono::hours(1);

struct Header {
  char magic[8];
  CacheKey key;
  uint64_t size;
  uint64_t checksum;
};
constexpr char kMagic[8] = {'c', 't', 'c', 'l', 'b', 'i', 'n', '1'};

/// FNV-1a with a start of its own, mixed at the end.
uint64_t hash(std::string_view bytes, uint64_t start) {
  uint64_t h = start;
  for (const char c : bytes) h = (h ^ static_cast<uint8_t>(c)) * 0x100000001b3U;
  h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9U;
  return h ^ (h >> 31);
}
constexpr uint64_t kStart = 0xcbf29ce484222325U;

}  // namespace

CacheKey cache_key(std::initializer_list<std::string_view> parts) {
  CacheKey key{kStart, ~kStart};
  for (const std::string_view part : parts) {
    key.high = hash(part, key.high) + part.size();
    key.low = hash(part, key.low) ^ part.size();
  }
  return key;
}

std::string BinaryCache::path(const CacheKey& key) const {
  return fmt::format("{}/{:016x}{:016x}.bin", folder_, key.high, key.low);
}

std::optional<std::string> BinaryCache::load(const CacheKey& key) const {
  if (folder_.empty()) return std::nullopt;
  std::ifstream file(path(key), std::ios::binary);
  Header header{};
  if (!file.read(reinterpret_cast<char*>(&header), sizeof header)) return std::nullopt;
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0 || !(header.key == key)) {
    return std::nullopt;
  }
  std::string binary{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (binary.size() != header.size || hash(binary, kStart) != header.checksum) return std::nullopt;
  std::error_code failed;  // a folder that is for reading alone has no order of use
  fs::last_write_time(path(key), fs::file_time_type::clock::now(), failed);
  return binary;
}

void BinaryCache::store(const CacheKey& key, std::string_view binary) const {
  if (folder_.empty()) return;
  static std::atomic<int> number{0};
  std::error_code failed;
  fs::create_directories(folder_, failed);
  const std::string target = path(key);
  const std::string draft = fmt::format("{}.{}.{}", target, ::getpid(), number.fetch_add(1));
  Header header{{}, key, binary.size(), hash(binary, kStart)};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  std::ofstream file(draft, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&header), sizeof header);
  file.write(binary.data(), static_cast<std::streamsize>(binary.size()));
  file.close();
  if (file) fs::rename(draft, target, failed);
  if (!file || failed) {
    fs::remove(draft, failed);
    return;
  }
  make_room(target);
}

void BinaryCache::make_room(const std::string& newest) const {
  struct Entry {
    fs::path path;
    fs::file_time_type used;
    uint64_t bytes;
  };
  std::vector<Entry> entries;
  uint64_t all = 0;
  std::error_code failed;
  const auto now = fs::file_time_type::clock::now();
  // Other processes add and remove files meanwhile: what is gone is skipped.
  for (fs::directory_iterator it(folder_, failed), end; !failed && it != end;
       it.increment(failed)) {
    std::error_code gone;
    const fs::path& path = it->path();
    const Entry entry{path, it->last_write_time(gone), it->file_size(gone)};
    if (gone) continue;
    if (path.extension() == ".bin") {
      all += entry.bytes;
      if (path != newest) entries.push_back(entry);
    } else if (path.string().find(".bin.") != std::string::npos && now - entry.used > kDraftAge) {
      fs::remove(path, gone);
    }
  }
  if (all <= limit_) return;
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.used < b.used; });
  for (const Entry& entry : entries) {
    if (all <= limit_) return;
    if (fs::remove(entry.path, failed)) all -= entry.bytes;
  }
}

uint64_t BinaryCache::default_limit() {
  constexpr int64_t kMebibytes = 1024;
  return static_cast<uint64_t>(settings::kCacheMebibytes.read().value_or(kMebibytes)) << 20;
}

std::string BinaryCache::default_folder() {
  if (const auto folder = settings::kCacheFolder.read()) return *folder / "customtensor";
  if (const auto folder = settings::kUserCache.read()) return *folder / "customtensor";
  if (const auto home = settings::kHome.read()) return *home / ".cache" / "customtensor";
  return {};
}

}  // namespace ct::opencl
