// Pictures are decoded when they are first asked for, each at most once: the bytes are kept, unless
// all of them together would take too much memory. Any number of threads may ask.
#include "customtensor/data/image_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <mutex>
#include <system_error>

#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"
#include "data/picture_file.hpp"
#include "data/pixels.hpp"

namespace ct::data {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMostKept = int64_t{1} << 30;  // bytes

void check_options(const char* op, const ImageOptions& options) {
  constexpr int64_t kMost = 16384;
  const auto fits = [](int64_t size) { return size >= 1 && size <= kMost; };
  if (!fits(options.height) || !fits(options.width) ||
      (options.channels != 1 && options.channels != 3)) {
    throw ValueError(
        fmt::format("{}: height and width must be 1 to {}, channels 1 or 3: {} x {}, {} channels",
                    op, kMost, options.height, options.width, options.channels));
  }
  constexpr int64_t kMostPixels = int64_t{1} << 30;  // of the decoder
  if (options.max_pixels < 1 || options.max_pixels > kMostPixels) {
    throw ValueError(
        fmt::format("{}: max_pixels must be 1 to {}: {}", op, kMostPixels, options.max_pixels));
  }
}

bool is_picture(const fs::path& path) {
  std::string ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array<std::string_view, 6> kEndings = {".png", ".jpg", ".jpeg",
                                                        ".bmp", ".gif", ".tga"};
  return std::ranges::find(kEndings, ending) != kEndings.end();
}

// What is in a folder, by name, without what is hidden.
std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> found;
  for (auto it = fs::directory_iterator(folder, error); !error && it != fs::directory_iterator();
       it.increment(error)) {
    if (!it->path().filename().string().starts_with('.')) found.push_back(it->path());
  }
  if (error) {
    throw IoError(fmt::format("ImageFolder: cannot read the folder: {}: {}", folder.string(),
                              error.message()));
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace

Tensor load_image(const fs::path& path, const ImageOptions& options) {
  check_options("load_image", options);
  const Shape shape = {options.channels, options.height, options.width};
  std::vector<uint8_t> bytes(static_cast<size_t>(numel(shape)));
  decode_picture(path, options, bytes.data());
  Tensor image = empty(shape, {.dtype = float32, .device = "cpu"});
  unit_floats(bytes.data(), image.numel(), image.data<float>());
  return image;
}

struct ImageFolder::Files {
  ImageOptions options;
  std::vector<std::string> classes;
  std::vector<fs::path> paths;
  std::vector<int64_t> labels;
  // Decoded pictures, each behind its own flag; none if they would take too much memory.
  std::unique_ptr<uint8_t[]> kept;
  std::unique_ptr<std::once_flag[]> decoded;

  int64_t picture_bytes() const { return options.channels * options.height * options.width; }

  void picture(size_t i, std::vector<uint8_t>& scratch, float* target) {
    const auto bytes = static_cast<size_t>(picture_bytes());
    const uint8_t* pixels = nullptr;
    if (kept) {
      uint8_t* place = kept.get() + i * bytes;
      std::call_once(decoded[i], [&] { decode_picture(paths[i], options, place); });
      pixels = place;
    } else {
      scratch.resize(bytes);
      decode_picture(paths[i], options, scratch.data());
      pixels = scratch.data();
    }
    unit_floats(pixels, picture_bytes(), target);
  }
};

ImageFolder::ImageFolder(const fs::path& folder, const ImageOptions& options)
    : files_(std::make_shared<Files>()) {
  check_options("ImageFolder", options);
  files_->options = options;
  constexpr const char* kLayout = "it must have one folder of pictures for each class";
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    throw IoError(fmt::format("ImageFolder: no such folder: {}; {}", folder.string(), kLayout));
  }
  for (const fs::path& sub : sorted_entries(folder)) {
    if (!fs::is_directory(sub, error)) continue;
    const auto label = static_cast<int64_t>(files_->classes.size());
    const size_t before = files_->paths.size();
    for (fs::path& path : sorted_entries(sub)) {
      if (!is_picture(path)) continue;
      files_->paths.push_back(std::move(path));
      files_->labels.push_back(label);
    }
    if (files_->paths.size() == before) {
      throw IoError(
          fmt::format("ImageFolder: folder of a class has no pictures: {}; it needs files "
                      "that end in .png, .jpg, .jpeg, .bmp, .gif or .tga",
                      sub.string()));
    }
    files_->classes.push_back(sub.filename().string());
  }
  if (files_->classes.empty()) {
    throw IoError(fmt::format("ImageFolder: no sub-folders: {}; {}", folder.string(), kLayout));
  }
  if (files_->picture_bytes() * size() <= kMostKept) {
    files_->kept = std::make_unique_for_overwrite<uint8_t[]>(
        static_cast<size_t>(files_->picture_bytes() * size()));
    files_->decoded = std::make_unique<std::once_flag[]>(files_->paths.size());
  }
}

int64_t ImageFolder::size() const { return static_cast<int64_t>(files_->paths.size()); }

Shape ImageFolder::image_shape() const {
  return {files_->options.channels, files_->options.height, files_->options.width};
}

std::vector<std::string> ImageFolder::class_names() const { return files_->classes; }

const fs::path& ImageFolder::file(int64_t i) const {
  check_indices("ImageFolder", {&i, 1});
  return files_->paths[static_cast<size_t>(i)];
}

Batch ImageFolder::get(std::span<const int64_t> indices) const {
  check_indices("ImageFolder", indices);
  Shape shape = image_shape();
  shape.insert(0, static_cast<int64_t>(indices.size()));
  Batch batch{
      .images = empty(shape, {.dtype = float32, .device = "cpu"}),
      .labels = empty({static_cast<int64_t>(indices.size())}, {.dtype = int64, .device = "cpu"})};
  if (indices.empty()) return batch;
  auto* images = batch.images.data<float>();
  auto* labels = batch.labels.data<int64_t>();
  std::vector<uint8_t> scratch;
  for (const int64_t i : indices) {
    files_->picture(static_cast<size_t>(i), scratch, images);
    images += files_->picture_bytes();
    *labels++ = files_->labels[static_cast<size_t>(i)];
  }
  return batch;
}

}  // namespace ct::data
