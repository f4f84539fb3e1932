// CosineSimilarity: ct::cosine_similarity with its settings.
#pragma once

#include <cstdint>

#include "customtensor/nn/module.hpp"
#include "customtensor/ops/similarity.hpp"

namespace ct::nn {

/// x1 · x2 / (max(|x1|, eps) max(|x2|, eps)) along `axis`. Source: torch.nn.CosineSimilarity
/// Errors: those of ct::cosine_similarity, at each call
class CT_API CosineSimilarity : public Module {
 public:
  explicit CosineSimilarity(int64_t axis = 1, double eps = 1e-8) : axis_(axis), eps_(eps) {}
  Tensor operator()(const Tensor& x1, const Tensor& x2) const;

 private:
  int64_t axis_;
  double eps_;
};

}  // namespace ct::nn
