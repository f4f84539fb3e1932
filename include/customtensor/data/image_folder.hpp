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
};

/// A PNG, JPEG, BMP, GIF or TGA picture as float32 (channels, height, width) in [0, 1].
/// Errors: IoError for a file that is missing or no such picture; ValueError for bad options
CT_API Tensor load_image(const std::filesystem::path& path, const ImageOptions& options = {});

/// folder/cat/1.png, folder/dog/x.jpg, …: classes are the sub-folders by name in alphabetic order,
/// samples are theirs in the same order. Pictures are decoded when first wanted and, if all
/// together take at most 1 GiB as bytes, kept.
///
/// Errors: IoError if there is no such folder, no sub-folder, or a sub-folder without pictures;
/// from
///         get() for a damaged picture
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
