// The op ct::embedding_bag on the layer's table.
#include "customtensor/nn/embedding/embedding_bag.hpp"

#include <fmt/format.h>

#include "customtensor/error.hpp"
#include "customtensor/nn/init.hpp"
#include "customtensor/ops/creation.hpp"
#include "customtensor/ops/shape.hpp"

namespace ct::nn {

EmbeddingBag::EmbeddingBag(int64_t count, int64_t dim, const EmbeddingBagOptions& options)
    : options_(options) {
  if (count < 1 || dim < 1) {
    throw ValueError(
        fmt::format("EmbeddingBag: sizes must be at least 1: count {}, dim {}", count, dim));
  }
  std::optional<int64_t>& padding = options_.padding_idx;
  if (padding && (*padding < -count || *padding >= count)) {
    throw ValueError(fmt::format("EmbeddingBag: padding_idx {} is out of range for {} vectors",
                                 *padding, count));
  }
  if (padding && *padding < 0) *padding += count;
  weight = empty({count, dim});
  init::normal_(weight);
  if (padding) weight.select(0, *padding).zero_();
  weight.requires_grad_();
}

EmbeddingBag EmbeddingBag::from_pretrained(const Tensor& weight, bool freeze,
                                           const EmbeddingBagOptions& options) {
  if (!weight.defined() || weight.dim() != 2) {
    throw ShapeError(fmt::format("EmbeddingBag: weight must be (count, dim): {}",
                                 weight.defined() ? to_string(weight.shape()) : "undefined"));
  }
  EmbeddingBag made(weight.size(0), weight.size(1), options);
  made.weight = weight.detach().clone().requires_grad_(!freeze);
  return made;
}

void EmbeddingBag::members(Members& m) { m("weight", weight); }

Tensor EmbeddingBag::forward(const Tensor& x) { return (*this)(x, Tensor()); }

Tensor EmbeddingBag::operator()(const Tensor& x, const Tensor& offsets,
                                const Tensor& per_sample_weights) {
  return embedding_bag(x, weight, offsets,
                       {.max_norm = options_.max_norm,
                        .norm_type = options_.norm_type,
                        .scale_grad_by_freq = options_.scale_grad_by_freq,
                        .mode = options_.mode,
                        .per_sample_weights = per_sample_weights,
                        .include_last_offset = options_.include_last_offset,
                        .padding_idx = options_.padding_idx});
}

}  // namespace ct::nn
