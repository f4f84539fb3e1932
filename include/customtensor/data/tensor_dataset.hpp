// TensorDataset and Subset: samples that are in tensors already, and a part of another dataset.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <utility>

#include "customtensor/data/dataset.hpp"

namespace ct::data {

/// Sample i is images[i], labels[i]. The tensors are shared, on any device; batches have their
/// dtypes and are on "cpu".
/// Errors: ShapeError unless both have the same first size.
class CT_API TensorDataset : public Dataset {
 public:
  TensorDataset(const Tensor& images, const Tensor& labels,
                std::vector<std::string> class_names = {});

  int64_t size() const override;
  Batch get(std::span<const int64_t> indices) const override;
  Shape image_shape() const override;
  std::vector<std::string> class_names() const override { return class_names_; }

 private:
  Tensor images_, labels_;  // on "cpu", contiguous
  std::vector<std::string> class_names_;
};

/// The first `count` samples of `dataset` (all, if it has fewer).
class CT_API Subset : public Dataset {
 public:
  Subset(DatasetPtr dataset, int64_t count);
  template <std::derived_from<Dataset> D>
  Subset(D dataset, int64_t count) : Subset(std::make_shared<const D>(std::move(dataset)), count) {}

  int64_t size() const override { return count_; }
  Batch get(std::span<const int64_t> indices) const override;
  Shape image_shape() const override { return dataset_->image_shape(); }
  std::vector<std::string> class_names() const override { return dataset_->class_names(); }

 private:
  DatasetPtr dataset_;
  int64_t count_;
};

}  // namespace ct::data
