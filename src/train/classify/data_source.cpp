// From a word to two datasets.
#include "customtensor/train/data_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string_view>
#include <utility>

#include "core/settings.hpp"
#include "customtensor/error.hpp"
#include "customtensor/ops.hpp"
#include "customtensor/train/config.hpp"

namespace ct::train {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFashionMnist = "fashion-mnist";
constexpr std::string_view kImages = "images:";

/// `count` samples spread over all of a dataset: one sorted by class keeps all its classes.
class EvenlySpaced final : public data::Dataset {
 public:
  EvenlySpaced(data::DatasetPtr whole, int64_t count) : whole_(std::move(whole)), count_(count) {}

  int64_t size() const override { return count_; }
  data::Batch get(std::span<const int64_t> indices) const override {
    check_indices("EvenlySpaced", indices);
    std::vector<int64_t> places(indices.begin(), indices.end());
    for (int64_t& i : places) i = i * whole_->size() / count_;
    return whole_->get(places);
  }
  Shape image_shape() const override { return whole_->image_shape(); }
  std::vector<std::string> class_names() const override { return whole_->class_names(); }

 private:
  data::DatasetPtr whole_;
  int64_t count_;
};

data::DatasetPtr limited(data::DatasetPtr dataset, int64_t limit) {
  if (limit <= 0 || limit >= dataset->size()) return dataset;
  return std::make_shared<EvenlySpaced>(std::move(dataset), limit);
}

fs::path fashion_mnist_folder() {
  const auto root = settings::kData.read();
  return root ? *root / "fashion-mnist" : data::FashionMnist::debian_folder();
}

/// An IDX file, plain or compressed.
fs::path idx_file(const fs::path& folder, const char* file) {
  fs::path path = folder / file;
  std::error_code ignored;
  if (!fs::exists(path, ignored)) path += ".gz";
  return path;
}

/// Largest label + 1 of an IDX label file.
int64_t classes_in(const fs::path& folder, const char* file, const data::IdxOptions& options) {
  const Tensor labels = data::read_idx(idx_file(folder, file), options);
  return labels.numel() > 0 ? labels.max().item<int64_t>() + 1 : 0;
}

int64_t classes_in(const fs::path& folder, const data::IdxOptions& options) {
  return std::max(classes_in(folder, "train-labels-idx1-ubyte", options),
                  classes_in(folder, "t10k-labels-idx1-ubyte", options));
}

ClassificationData open_idx_folder(const fs::path& folder, const data::IdxOptions& options) {
  ClassificationData data;
  data.train = std::make_shared<data::Mnist>(folder, data::Split::train, options);
  data.test = std::make_shared<data::Mnist>(folder, data::Split::test, options);
  const int64_t classes = classes_in(folder, options);
  for (int64_t c = 0; c < classes; ++c) data.classes.push_back(std::to_string(c));
  return data;
}

ClassificationData open_images(const fs::path& folder, const data::ImageOptions& options) {
  ClassificationData data;
  data.train = std::make_shared<data::ImageFolder>(folder / "train", options);
  data.test = std::make_shared<data::ImageFolder>(folder / "test", options);
  data.classes = data.train->class_names();
  if (data.test->class_names() != data.classes) {
    throw IoError(fmt::format("classify: {} and {} have different classes: [{}] and [{}]",
                              (folder / "train").string(), (folder / "test").string(),
                              fmt::join(data.classes, ", "),
                              fmt::join(data.test->class_names(), ", ")));
  }
  return data;
}

ClassificationData open_word(const std::string& word, const DataOptions& options) {
  const data::IdxOptions idx{.max_bytes = options.max_idx_bytes};
  if (word == kFashionMnist) {
    const fs::path folder = fashion_mnist_folder();
    ClassificationData data;
    data.train = std::make_shared<data::FashionMnist>(folder, data::Split::train, idx);
    data.test = std::make_shared<data::FashionMnist>(folder, data::Split::test, idx);
    data.classes = data.train->class_names();
    return data;
  }
  if (word.starts_with(kImages)) {
    return open_images(word.substr(kImages.size()),
                       {.linear_light = options.linear_light, .max_pixels = options.max_pixels});
  }
  std::error_code ignored;
  if (fs::is_directory(word, ignored)) return open_idx_folder(word, idx);
  throw UsageError(fmt::format(
      "classify: --data is \"{}\": neither a folder nor a known word; use fashion-mnist, "
      "images:DIR, or a folder of IDX files",
      word));
}

}  // namespace

ClassificationData open_classification_data(const std::string& word, int64_t limit,
                                            const DataOptions& options) {
  ClassificationData data = open_word(word, options);
  const Shape train = data.train->image_shape(), test = data.test->image_shape();
  if (!(train == test)) {
    throw IoError(fmt::format("classify: {}: pictures to train on are {}, to test on {}", word,
                              to_string(train), to_string(test)));
  }
  if (data.train->size() == 0 || data.test->size() == 0) {
    throw IoError(fmt::format("classify: {} holds {} pictures to train on and {} to test on", word,
                              data.train->size(), data.test->size()));
  }
  data.train = limited(std::move(data.train), limit);
  data.test = limited(std::move(data.test), limit);
  data.image = {.channels = train[0],
                .height = train[1],
                .width = train[2],
                .classes = static_cast<int64_t>(data.classes.size())};
  return data;
}

ImageShape classification_image(const std::string& word) {
  const bool fashion = word == kFashionMnist;
  const fs::path folder = fashion ? fashion_mnist_folder() : fs::path(word);
  const fs::path pictures = idx_file(folder, "train-images-idx3-ubyte");
  std::error_code ignored;
  if (fs::is_regular_file(pictures, ignored)) {
    const Shape shape = data::idx_shape(pictures);
    if (shape.rank() == 3 && numel(shape) > 0) {
      return {.channels = 1,
              .height = shape[1],
              .width = shape[2],
              .classes = fashion ? data::FashionMnist::kClasses : classes_in(folder, {})};
    }
  }
  return open_classification_data(word).image;
}

}  // namespace ct::train
