// The one place that includes stb_image and stb_image_resize, whose code is compiled into this
// file.
#include "data/picture_file.hpp"

#include <fmt/format.h>

#include <climits>
#include <memory>
#include <new>
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
  if (stbi_info(path.c_str(), &w, &h, &found_channels) != 0 && int64_t{w} * h > kMostPixels) {
    throw IoError(
        fmt::format("load_image: the picture has too many pixels: {}: {} x {}, at most {}",
                    path.string(), h, w, kMostPixels));
  }
  const std::unique_ptr<stbi_uc, void (*)(void*)> pixels(
      stbi_load(path.c_str(), &w, &h, &found_channels, channels), stbi_image_free);
  if (!pixels) {
    throw IoError(fmt::format("load_image: not a picture that can be read, or damaged: {}: {}",
                              path.string(), stbi_failure_reason()));
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
  const auto count = static_cast<size_t>(channels);
  for (size_t i = 0; i < plane; ++i) {
    for (size_t c = 0; c < count; ++c) target[c * plane + i] = interleaved[i * count + c];
  }
}

}  // namespace ct::data
