// Samples are copied out of contiguous tensors on "cpu", row by row.
#include "customtensor/data/tensor_dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "customtensor/error.hpp"
#include "customtensor/ops/creation.hpp"

namespace ct::data {
namespace {

// The chosen slices along the first axis of a contiguous tensor on "cpu".
Tensor rows(const Tensor& source, std::span<const int64_t> indices) {
  Shape shape = source.shape();
  const int64_t all = shape[0];
  shape[0] = static_cast<int64_t>(indices.size());
  Tensor out = empty(shape, {.dtype = source.dtype(), .device = source.device()});
  if (out.numel() == 0) return out;
  const size_t bytes = static_cast<size_t>(source.numel() / all) * item_size(source.dtype());
  const auto* from = static_cast<const char*>(source.data_pointer(source.dtype()));
  auto* to = static_cast<char*>(out.data_pointer(source.dtype()));
  for (const int64_t i : indices) {
    std::memcpy(to, from + static_cast<size_t>(i) * bytes, bytes);
    to += bytes;
  }
  return out;
}

Shape without_first(const Tensor& t) {
  return Shape(std::span<const int64_t>(t.shape().begin() + 1, t.shape().end()));
}

}  // namespace

TensorDataset::TensorDataset(const Tensor& images, const Tensor& labels,
                             std::vector<std::string> class_names)
    : class_names_(std::move(class_names)) {
  if (images.dim() < 1 || labels.dim() < 1 || images.size(0) != labels.size(0)) {
    throw ShapeError(
        fmt::format("TensorDataset: images and labels must have the same first size: {} and {}",
                    to_string(images.shape()), to_string(labels.shape())));
  }
  images_ = images.detach().to("cpu").contiguous();
  labels_ = labels.detach().to("cpu").contiguous();
}

int64_t TensorDataset::size() const { return images_.size(0); }

Batch TensorDataset::get(std::span<const int64_t> indices) const {
  check_indices("TensorDataset", indices);
  return {.images = rows(images_, indices), .labels = rows(labels_, indices)};
}

Shape TensorDataset::image_shape() const { return without_first(images_); }

Subset::Subset(DatasetPtr dataset, int64_t count)
    : dataset_(std::move(dataset)), count_(std::min(count, dataset_->size())) {
  if (count < 0) throw ValueError(fmt::format("Subset: count must not be negative: {}", count));
}

Batch Subset::get(std::span<const int64_t> indices) const {
  check_indices("Subset", indices);
  return dataset_->get(indices);
}

}  // namespace ct::data
