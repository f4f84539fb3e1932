// ImageFolder: one's own pictures, a folder for each class. And reading a single picture.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "customtensor/data/dataset.hpp"

namespace ct::data {

struct ImageOptions {
  int64_t height = 32, width = 32;  ///< pictures are stretched to this size
  int64_t channels = 3;             ///< 1 (grey) or 3 (red, green, blue)
  /// Stretch as light adds up: bytes are taken for sRGB, made linear and back. Without it bytes are
  /// averaged as they are, as other tools do (Pillow, OpenCV, torchvision): a board of black and
  /// white pixels becomes 128 instead of 188.
  bool linear_light = false;
  /// The largest picture that is decoded, in its own pixels, from 1 to 2^30. What a file declares
  /// is held against it before anything is decoded.
  int64_t max_pixels = int64_t{1} << 28;
};

/// A PNG, JPEG, BMP, GIF or TGA picture as float32 (channels, height, width) in [0, 1]. Another
/// size is stretched: cubic splines, smoothed where it shrinks (Mitchell and Netravali; Catmull and
/// Rom where it grows), so that no pixel of the file is left out. Errors: IoError for a file that
/// is missing or no such picture, one whose checksums are wrong
///         (PNG), or that declares more pixels than max_pixels or than its bytes can hold;
///         ValueError for bad options
CT_API Tensor load_image(const std::filesystem::path& path, const ImageOptions& options = {});

/// folder/cat/1.png, folder/dog/x.jpg, …: classes are the sub-folders by name in alphabetic order,
/// samples are theirs in the same order. Pictures are decoded when first wanted and, if all
/// together take at most 1 GiB as bytes, kept.
///
/// Errors: IoError if there is no such folder, no sub-folder, or a sub-folder without pictures;
///         from get() for a damaged picture
class CT_API ImageFolder : public Dataset {
 public:
  explicit ImageFolder(const std::filesystem::path& folder, const ImageOptions& options = {});

  int64_t size() const override;
  Batch get(std::span<const int64_t> indices) const override;
  Shape image_shape() const override;
  std::vector<std::string> class_names() const override;
  /// Of sample i. Errors: IndexError.
  const std::filesystem::path& file(int64_t i) const;

 private:
  struct Files;
  std::shared_ptr<Files> files_;
};

}  // namespace ct::data
