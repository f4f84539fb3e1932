// Both parts are read whole, as bytes, and checked: that the files belong together, and that every
// label is a class. A batch turns its pictures into floats.
#include "customtensor/data/mnist.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"
#include "data/pixels.hpp"

namespace ct::data {
namespace {

namespace fs = std::filesystem;

fs::path find_file(const char* dataset, const fs::path& folder, const std::string& file,
                   const std::string& hint) {
  for (const char* ending : {"", ".gz"}) {
    fs::path path = folder / (file + ending);
    std::error_code error;
    if (fs::is_regular_file(path, error)) return path;
  }
  throw IoError(fmt::format("{}: no file {} or {}.gz in the folder: {}; {}", dataset, file, file,
                            folder.string(), hint));
}

}  // namespace

Mnist::Mnist(const fs::path& folder, Split split, const IdxOptions& options)
    : Mnist("Mnist", folder, split, {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
            "put the four files of the data set there, by their usual names", options) {}

Mnist::Mnist(const char* name, const fs::path& folder, Split split,
             std::vector<std::string> class_names, const std::string& hint,
             const IdxOptions& options)
    : name_(name), class_names_(std::move(class_names)) {
  const std::string part = split == Split::train ? "train" : "t10k";
  const fs::path images = find_file(name, folder, part + "-images-idx3-ubyte", hint);
  const fs::path labels = find_file(name, folder, part + "-labels-idx1-ubyte", hint);
  images_ = read_idx(images, options);
  labels_ = read_idx(labels, options);
  if (images_.dtype() != uint8 || images_.dim() != 3 || images_.size(1) < 1 ||
      images_.size(2) < 1) {
    throw IoError(fmt::format("{}: file holds no pictures: {}: {} of shape {}, not uint8 (n, h, w)",
                              name, images.string(), ct::name(images_.dtype()),
                              to_string(images_.shape())));
  }
  if (labels_.dtype() != uint8 || labels_.dim() != 1) {
    throw IoError(fmt::format("{}: file holds no labels: {}: {} of shape {}, not uint8 (n)", name,
                              labels.string(), ct::name(labels_.dtype()),
                              to_string(labels_.shape())));
  }
  if (images_.size(0) != labels_.size(0)) {
    throw IoError(
        fmt::format("{}: files do not belong together: {} has {} pictures, {} has {} labels", name,
                    images.string(), images_.size(0), labels.string(), labels_.size(0)));
  }
  const auto* first = labels_.data<uint8_t>();
  const auto* last = first + labels_.numel();
  const auto* bad =
      std::find_if(first, last, [&](uint8_t label) { return label >= class_names_.size(); });
  if (bad != last) {
    throw IoError(fmt::format("{}: file is damaged: {}: label {} is {}, classes are 0 to {}", name,
                              labels.string(), bad - first, *bad, class_names_.size() - 1));
  }
}

int64_t Mnist::size() const { return images_.size(0); }

Shape Mnist::image_shape() const { return {1, images_.size(1), images_.size(2)}; }

Batch Mnist::get(std::span<const int64_t> indices) const {
  check_indices(name_, indices);
  const auto n = static_cast<int64_t>(indices.size());
  const int64_t h = images_.size(1), w = images_.size(2);
  const Device cpu = images_.device();
  Batch batch{.images = empty({n, 1, h, w}, {.dtype = float32, .device = cpu}),
              .labels = empty({n}, {.dtype = int64, .device = cpu})};
  if (n == 0) return batch;
  const auto* pixels = images_.data<uint8_t>();
  const auto* classes = labels_.data<uint8_t>();
  auto* images = batch.images.data<float>();
  auto* labels = batch.labels.data<int64_t>();
  for (const int64_t i : indices) {
    unit_floats(pixels + i * h * w, h * w, images);
    images += h * w;
    *labels++ = classes[i];
  }
  return batch;
}

FashionMnist::FashionMnist(const fs::path& folder, Split split, const IdxOptions& options)
    : Mnist("FashionMnist", folder, split,
            {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
             "Bag", "Ankle boot"},
            fmt::format("Debian has it: apt-get install dataset-fashion-mnist puts it in {}",
                        debian_folder().string()),
            options) {}

fs::path FashionMnist::debian_folder() { return "/usr/share/datasets/fashion-mnist"; }

}  // namespace ct::data
