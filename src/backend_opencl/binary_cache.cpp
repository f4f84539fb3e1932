// See binary_cache.hpp. Layout of a file: magic, key, size, checksum, binary.
#include "backend_opencl/binary_cache.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace ct::opencl {
namespace {

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
  return binary;
}

void BinaryCache::store(const CacheKey& key, std::string_view binary) const {
  if (folder_.empty()) return;
  static std::atomic<int> number{0};
  std::error_code failed;
  std::filesystem::create_directories(folder_, failed);
  const std::string target = path(key);
  const std::string draft = fmt::format("{}.{}.{}", target, ::getpid(), number.fetch_add(1));
  Header header{{}, key, binary.size(), hash(binary, kStart)};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  std::ofstream file(draft, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&header), sizeof header);
  file.write(binary.data(), static_cast<std::streamsize>(binary.size()));
  file.close();
  if (file) std::filesystem::rename(draft, target, failed);
  if (!file || failed) std::filesystem::remove(draft, failed);
}

std::string BinaryCache::default_folder() {
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : nullptr;
  };
  if (const char* folder = set("CT_CACHE_DIR")) return std::string(folder) + "/customtensor";
  if (const char* folder = set("XDG_CACHE_HOME")) return std::string(folder) + "/customtensor";
  if (const char* home = set("HOME")) return std::string(home) + "/.cache/customtensor";
  return {};
}

}  // namespace ct::opencl
