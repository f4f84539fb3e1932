// Dataset: pictures and labels by number. What DataLoader draws batches from.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "customtensor/export.hpp"
#include "customtensor/shape.hpp"
#include "customtensor/tensor.hpp"

namespace ct::data {

/// Some samples, on "cpu": auto& [images, labels].
struct Batch {
  Tensor images;  ///< (n, …), for pictures (n, channels, height, width) float32 in [0, 1]
  Tensor labels;  ///< (n), for classes int64
};

/// Never changes once made; any number of threads may call it at once. Copies are cheap: they share
/// what was loaded.
class CT_API Dataset {
 public:
  virtual ~Dataset();
  virtual int64_t size() const = 0;
  /// The samples of these numbers, in this order. Errors: IndexError for one out of range.
  virtual Batch get(std::span<const int64_t> indices) const = 0;
  /// Of one sample: (channels, height, width) for pictures.
  virtual Shape image_shape() const = 0;
  /// One name per class; empty if labels are not classes or have no names.
  virtual std::vector<std::string> class_names() const;

  /// All samples first … first + count - 1. Errors: as get.
  Batch range(int64_t first, int64_t count) const;

 protected:
  Dataset() = default;
  Dataset(const Dataset&) = default;
  Dataset(Dataset&&) = default;
  Dataset& operator=(const Dataset&) = default;
  Dataset& operator=(Dataset&&) = default;

  /// IndexError naming `dataset` unless all indices are in [0, size()).
  void check_indices(const char* dataset, std::span<const int64_t> indices) const;
};

using DatasetPtr = std::shared_ptr<const Dataset>;

}  // namespace ct::data
