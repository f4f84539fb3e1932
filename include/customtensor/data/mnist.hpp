// MNIST and Fashion-MNIST: 70,000 grey pictures of 28 x 28 in ten classes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "customtensor/data/dataset.hpp"
#include "customtensor/data/idx.hpp"

namespace ct::data {

enum class Split { train, test };

/// Handwritten digits, from the four IDX files by their usual names (train-images-idx3-ubyte,
/// t10k-labels-idx1-ubyte, …), plain or with .gz. Pictures are kept as bytes and become float32 /
/// 255 batch by batch: images (n, 1, 28, 28) in [0, 1], labels (n) int64. Any picture size and
/// number of pictures will do.
///
/// Errors: IoError for a missing or damaged file, or files that do not fit together
class CT_API Mnist : public Dataset {
 public:
  Mnist(const std::filesystem::path& folder, Split split, const IdxOptions& options = {});

  int64_t size() const override;
  Batch get(std::span<const int64_t> indices) const override;
  Shape image_shape() const override;
  std::vector<std::string> class_names() const override { return class_names_; }

 protected:
  /// `hint` ends the message about a missing file: where to get it.
  Mnist(const char* name, const std::filesystem::path& folder, Split split,
        std::vector<std::string> class_names, const std::string& hint, const IdxOptions& options);

 private:
  const char* name_;
  Tensor images_, labels_;  // uint8 (n, h, w) and (n)
  std::vector<std::string> class_names_;
};

/// Pictures of clothes, in the same files. Source: arXiv:1708.07747
class CT_API FashionMnist : public Mnist {
 public:
  static constexpr int64_t kClasses = 10;
  FashionMnist(const std::filesystem::path& folder, Split split, const IdxOptions& options = {});
  /// Where Debian's package dataset-fashion-mnist puts the files.
  static std::filesystem::path debian_folder();
};

}  // namespace ct::data
