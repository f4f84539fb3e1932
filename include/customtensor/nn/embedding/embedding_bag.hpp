// EmbeddingBag: a table of learned vectors, of which each bag of indices gets the sum, the mean or
// the largest.
#pragma once

#include <cstdint>
#include <optional>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/embedding_bag.hpp"

namespace ct::nn {

struct EmbeddingBagOptions {
  /// Vectors of a larger norm, among those asked for, are shortened to it, in place, at each call.
  std::optional<double> max_norm = std::nullopt;
  double norm_type = 2.0;           ///< order of that norm
  bool scale_grad_by_freq = false;  ///< divide gradients by how often the index was asked for
  EmbeddingBagMode mode = EmbeddingBagMode::mean;
  bool include_last_offset = false;  ///< offsets end with the number of indices
  /// This index counts as not there; its vector begins as 0 and gets no gradient. Counted from the
  /// end if negative.
  std::optional<int64_t> padding_idx = std::nullopt;
};

/// ct::embedding_bag of the layer's table.
///
/// Shapes: x (bags, n) int64 -> (bags, dim); or x (n) with offsets (bags); weight (count, dim)
/// Init:   normal, mean 0 and deviation 1, PyTorch's default
/// Errors: ValueError for sizes below 1 or a padding_idx out of range; at each call those of
///         ct::embedding_bag
/// Source: torch.nn.EmbeddingBag
class CT_API EmbeddingBag : public Module {
 public:
  EmbeddingBag(int64_t count, int64_t dim, const EmbeddingBagOptions& options = {});
  /// With `weight` (count, dim), frozen unless `freeze` is false.
  static EmbeddingBag from_pretrained(const Tensor& weight, bool freeze = true,
                                      const EmbeddingBagOptions& options = {});

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;
  using Module::operator();
  Tensor operator()(const Tensor& x, const Tensor& offsets,
                    const Tensor& per_sample_weights = Tensor());

  Tensor weight;

 private:
  EmbeddingBagOptions options_;
};

}  // namespace ct::nn
