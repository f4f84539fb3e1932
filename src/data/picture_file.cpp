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
#include <utility>
#include <vector>

#include "customtensor/error.hpp"
#include "data/picture_bounds.hpp"
#include "data/png_check.hpp"

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
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_ONLY_BMP
#define STBI_ONLY_GIF
#define STBI_ONLY_TGA
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

/// Why the file cannot be decoded, in words; empty if it can be tried. The bytes of a PNG change to
/// such as are decoded without being inflated again.
std::string fault_of(std::vector<uint8_t>& bytes, int64_t width, int64_t height) {
  if (!is_png(bytes)) return size_fault(bytes, width, height);
  PngCheck check = check_png(bytes);
  if (!check.inflated.empty()) bytes = std::move(check.inflated);
  return check.fault;
}

/// The pixels (height, width, channels) of `found`, stretched.
std::vector<uint8_t> resized(const stbi_uc* pixels, int width, int height,
                             const ImageOptions& options) {
  const int w = static_cast<int>(options.width), h = static_cast<int>(options.height);
  const int channels = static_cast<int>(options.channels);
  std::vector<uint8_t> result(static_cast<size_t>(w) * static_cast<size_t>(h) *
                              static_cast<size_t>(channels));
  const int done =
      options.linear_light
          ? stbir_resize_uint8_srgb(pixels, width, height, 0, result.data(), w, h, 0, channels,
                                    STBIR_ALPHA_CHANNEL_NONE, 0)
          : stbir_resize_uint8(pixels, width, height, 0, result.data(), w, h, 0, channels);
  if (done == 0) throw std::bad_alloc();  // its only failure with such sizes
  return result;
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
  std::vector<uint8_t> bytes = bytes_of(path);
  std::string fault;
  if (has_overlong_table(bytes)) fault = "a Huffman table has more than 256 codes";
  // All that the head declares is checked before a pixel is looked at.
  const bool known =
      fault.empty() && stbi_info_from_memory(bytes.data(), static_cast<int>(bytes.size()), &w, &h,
                                             &found_channels) != 0;
  if (known && int64_t{w} * h > options.max_pixels) {
    throw IoError(
        fmt::format("load_image: the picture has too many pixels: {}: {} x {}, at most {}",
                    path.string(), h, w, options.max_pixels));
  }
  if (fault.empty()) fault = known ? fault_of(bytes, w, h) : stbi_failure_reason();
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
      fault.empty() ? stbi_load_from_memory(bytes.data(), static_cast<int>(bytes.size()), &w, &h,
                                            &found_channels, channels)
                    : nullptr,
      stbi_image_free);
  if (!pixels) {
    if (fault.empty()) fault = stbi_failure_reason();
    if (fault == "outofmem") throw std::bad_alloc();
    throw IoError(fmt::format("load_image: not a picture that can be read, or damaged: {}: {}",
                              path.string(), fault));
  }
  std::vector<uint8_t> stretched;
  const uint8_t* interleaved = pixels.get();
  if (w != width || h != height) {
    stretched = resized(pixels.get(), w, h, options);
    interleaved = stretched.data();
  }
  const size_t plane = static_cast<size_t>(width) * static_cast<size_t>(height);
  const auto planes = static_cast<size_t>(channels);
  for (size_t i = 0; i < plane; ++i) {
    for (size_t c = 0; c < planes; ++c) target[c * plane + i] = interleaved[i * planes + c];
  }
}

}  // namespace ct::data
