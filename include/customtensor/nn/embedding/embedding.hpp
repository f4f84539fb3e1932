// Embedding: a table of learned vectors.
#pragma once

#include <cstdint>
#include <optional>

#include "customtensor/nn/module.hpp"

namespace ct::nn {

struct EmbeddingOptions {
  /// This index' vector begins as 0 and gets no gradient; counted from the end if negative.
  std::optional<int64_t> padding_idx = std::nullopt;
  /// Vectors of a larger norm, among those asked for, are shortened to it, in place, at each call.
  std::optional<double> max_norm = std::nullopt;
  double norm_type = 2.0;           ///< order of that norm
  bool scale_grad_by_freq = false;  ///< divide gradients by how often the index was asked for
};

/// weight[x].
///
/// Shapes: x (…) int64 -> (…, dim); weight (count, dim)
/// Init:   normal, mean 0 and deviation 1, PyTorch's default
/// Errors: ValueError for sizes below 1 or a padding_idx out of range; IndexError at each call for
///         an index out of range
class CT_API Embedding : public Module {
 public:
  Embedding(int64_t count, int64_t dim, const EmbeddingOptions& options = {});
  /// With `weight` (count, dim), frozen unless `freeze` is false.
  static Embedding from_pretrained(const Tensor& weight, bool freeze = true,
                                   const EmbeddingOptions& options = {});

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;

  Tensor weight;

 private:
  EmbeddingOptions options_;
};

}  // namespace ct::nn
