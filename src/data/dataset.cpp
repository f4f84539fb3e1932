// What every dataset shares: ranges of samples, and the check of their numbers.
#include "customtensor/data/dataset.hpp"

#include <fmt/format.h>

#include <numeric>

#include "customtensor/error.hpp"

namespace ct::data {

Dataset::~Dataset() = default;

std::vector<std::string> Dataset::class_names() const { return {}; }

Batch Dataset::range(int64_t first, int64_t count) const {
  if (first < 0 || count < 0 || first > size() - count) {
    throw IndexError(fmt::format(
        "Dataset::range: {} samples from {} are out of range: there are {}", count, first, size()));
  }
  std::vector<int64_t> indices(static_cast<size_t>(count));
  std::iota(indices.begin(), indices.end(), first);
  return get(indices);
}

void Dataset::check_indices(const char* dataset, std::span<const int64_t> indices) const {
  for (const int64_t i : indices) {
    if (i < 0 || i >= size()) {
      throw IndexError(fmt::format("{}: no sample {}: there are {}", dataset, i, size()));
    }
  }
}

}  // namespace ct::data
