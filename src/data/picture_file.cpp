// The one place that includes stb_image and stb_image_resize, whose code is compiled into this
// file.
#include "data/picture_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <fstream>
#include <memory>
#include <new>
#include <numeric>
#include <system_error>
#include <vector>

#include "customtensor/error.hpp"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_MAX_DIMENSIONS 32768
#include <stb/stb_image.h>
#define STB_IMAGE_RESIZE_STATIC
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include <stb/stb_image_resize.h>
#pragma GCC diagnostic pop

namespace ct::data {

namespace {

std::vector<uint8_t> bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const auto size = static_cast<int64_t>(file.tellg());
  if (!file || size > INT_MAX) {
    throw IoError(
        fmt::format("load_image: cannot read the file, or it has over 2 GiB: {}", path.string()));
  }
  std::vector<uint8_t> bytes(static_cast<size_t>(size));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), size);
  bytes.resize(static_cast<size_t>(file.gcount()));
  return bytes;
}

/// Whether these are a JPEG with a Huffman table of more than 256 codes. stb_image would write
/// behind its array for them; this goes from marker to marker as it does.
bool has_overlong_table(const std::vector<uint8_t>& bytes) {
  const size_t n = bytes.size();
  if (n == 0 || bytes[0] != 0xff) return false;
  for (size_t i = 0; i < n;) {
    while (i < n && bytes[i] != 0xff) ++i;
    while (i < n && bytes[i] == 0xff) ++i;
    if (i + 3 > n) return false;
    const uint8_t marker = bytes[i++];
    if (marker <= 1 || (marker >= 0xd0 && marker <= 0xd9)) continue;  // these have no length
    const size_t length = static_cast<size_t>(bytes[i] << 8 | bytes[i + 1]);
    const size_t end = i + std::max<size_t>(length, 2);
    i += 2;
    constexpr uint8_t kTables = 0xc4;
    while (marker == kTables && i < end && i + 17 <= n) {
      const auto* counts = bytes.data() + i + 1;
      const auto codes = static_cast<size_t>(std::accumulate(counts, counts + 16, 0));
      if (codes > 256) return true;
      i += 17 + codes;
    }
    i = std::max(i, end);
  }
  return false;
}

}  // namespace

void decode_picture(const std::filesystem::path& path, const ImageOptions& options,
                    uint8_t* target) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    throw IoError(fmt::format("load_image: no such file: {}", path.string()));
  }
  const int channels = static_cast<int>(options.channels);
  const int height = static_cast<int>(options.height), width = static_cast<int>(options.width);
  int w = 0, h = 0, found_channels = 0;
  // A damaged header must not make gigabytes of nothing.
  constexpr int64_t kMostPixels = int64_t{1} << 28;
  const std::vector<uint8_t> bytes = bytes_of(path);
  const auto count = static_cast<int>(bytes.size());
  if (stbi_info_from_memory(bytes.data(), count, &w, &h, &found_channels) != 0 &&
      int64_t{w} * h > kMostPixels) {
    throw IoError(
        fmt::format("load_image: the picture has too many pixels: {}: {} x {}, at most {}",
                    path.string(), h, w, kMostPixels));
  }
  const bool overlong = has_overlong_table(bytes);
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
      overlong ? nullptr
               : stbi_load_from_memory(bytes.data(), count, &w, &h, &found_channels, channels),
      stbi_image_free);
  if (!pixels) {
    throw IoError(
        fmt::format("load_image: not a picture that can be read, or damaged: {}: {}", path.string(),
                    overlong ? "a Huffman table has more than 256 codes" : stbi_failure_reason()));
  }
  std::vector<uint8_t> resized;
  const uint8_t* interleaved = pixels.get();
  if (w != width || h != height) {
    resized.resize(static_cast<size_t>(width) * static_cast<size_t>(height) *
                   static_cast<size_t>(channels));
    if (stbir_resize_uint8_srgb(pixels.get(), w, h, 0, resized.data(), width, height, 0, channels,
                                STBIR_ALPHA_CHANNEL_NONE, 0) == 0) {
      throw std::bad_alloc();  // its only failure with such sizes
    }
    interleaved = resized.data();
  }
  const size_t plane = static_cast<size_t>(width) * static_cast<size_t>(height);
  const auto planes = static_cast<size_t>(channels);
  for (size_t i = 0; i < plane; ++i) {
    for (size_t c = 0; c < planes; ++c) target[c * plane + i] = interleaved[i * planes + c];
  }
}

}  // namespace ct::data
