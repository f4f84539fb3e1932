// The op ct::embedding. Vectors that are too long are shortened before they are looked up, and the
// gradient's scale is a hook on the result.
#include "customtensor/nn/embedding/embedding.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/nn/init.hpp"
#include "customtensor/ops/arithmetic.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/embedding_bag.hpp"
#include "customtensor/ops/indexing.hpp"
#include "customtensor/ops/shape.hpp"

namespace ct::nn {

Embedding::Embedding(int64_t count, int64_t dim, const EmbeddingOptions& options)
    : options_(options) {
  if (count < 1 || dim < 1) {
    throw ValueError(
        fmt::format("Embedding: sizes must be at least 1: count {}, dim {}", count, dim));
  }
  std::optional<int64_t>& padding = options_.padding_idx;
  if (padding && (*padding < -count || *padding >= count)) {
    throw ValueError(
        fmt::format("Embedding: padding_idx {} is out of range for {} vectors", *padding, count));
  }
  if (padding && *padding < 0) *padding += count;
  weight = empty({count, dim});
  init::normal_(weight);
  if (padding) weight.select(0, *padding).zero_();
  weight.requires_grad_();
}

Embedding Embedding::from_pretrained(const Tensor& weight, bool freeze,
                                     const EmbeddingOptions& options) {
  if (!weight.defined() || weight.dim() != 2) {
    throw ShapeError(fmt::format("Embedding: weight must be (count, dim): {}",
                                 weight.defined() ? to_string(weight.shape()) : "undefined"));
  }
  Embedding made(weight.size(0), weight.size(1), options);
  made.weight = weight.detach().clone().requires_grad_(!freeze);
  return made;
}

void Embedding::members(Members& m) { m("weight", weight); }

Tensor Embedding::forward(const Tensor& x) {
  if (options_.max_norm)
    ct::detail::shorten_rows(weight, x, *options_.max_norm, options_.norm_type);
  Tensor y = embedding(x, weight, options_.padding_idx);
  if (options_.scale_grad_by_freq && y.requires_grad()) {
    y.register_hook([scale = ct::detail::inverse_counts(x, weight.size(0), y).unsqueeze(-1)](
                        const Tensor& g) { return g * scale; });
  }
  return y;
}

}  // namespace ct::nn
