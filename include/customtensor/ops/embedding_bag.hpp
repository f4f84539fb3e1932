// Bags of embeddings: rows of a table that are picked and added up at once.
#pragma once

#include <cstdint>
#include <optional>

#include "customtensor/tensor.hpp"

namespace ct {

enum class EmbeddingBagMode { sum, mean, max };

struct EmbeddingBagOptions {
  /// Rows of a larger norm, among those asked for, are shortened to it first, in place.
  std::optional<double> max_norm = std::nullopt;
  double norm_type = 2.0;  ///< order of that norm
  /// Divide gradients by how often the index was asked for. (PyTorch 2.13 on CPUs divides by the
  /// count of another index.)
  bool scale_grad_by_freq = false;
  EmbeddingBagMode mode = EmbeddingBagMode::mean;
  Tensor per_sample_weights = Tensor();  ///< in the indices' shape: factors; of sum only
  bool include_last_offset = false;      ///< offsets end with the number of indices
  /// This row counts as not asked for; counted from the end if negative.
  std::optional<int64_t> padding_idx = std::nullopt;
};

/// out[b] = sum, mean or largest of the rows weight[i], for the indices i of bag b; 0 of an empty
/// bag. The rows themselves are never written out.
///
/// Shapes:   input (bags, n) int64, no offsets; or input (n), offsets (bags) int64, which say where
///           each bag begins, never falling, the first 0. weight (rows, d) -> (bags, d)
/// Errors:   ShapeError where these do not fit; DTypeError for an index that is not int64, a weight
///           that is not floating, or per_sample_weights of another dtype; IndexError for an index,
///           an offset or a padding_idx out of range; ValueError for offsets that fall, and for
///           per_sample_weights or scale_grad_by_freq where mode has none. Of a device whose memory
///           the host does not see: offsets are forced into the range, indices as in
///           ops/indexing.hpp
/// Gradient: of weight and per_sample_weights, to any order; of max: of the first largest one
/// Source:   torch.nn.functional.embedding_bag
CT_API Tensor embedding_bag(const Tensor& input, const Tensor& weight,
                            const Tensor& offsets = Tensor(),
                            const EmbeddingBagOptions& options = {});

namespace detail {
/// Shortens, in place, the rows of `weight` that `index` names to a norm of `longest`, with a
/// margin as PyTorch's. Not recorded.
CT_API void shorten_rows(const Tensor& weight, const Tensor& index, double longest, double order);
/// 1 / how often each element of `index` is in it, in its shape and in like's dtype. Not recorded.
CT_API Tensor inverse_counts(const Tensor& index, int64_t rows, const Tensor& like);
}  // namespace detail

}  // namespace ct
