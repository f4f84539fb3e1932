// MultiheadAttention: attention of several heads, between projections.
#pragma once

#include <cstdint>

#include "customtensor/nn/linear.hpp"
#include "customtensor/nn/module.hpp"

namespace ct::nn {

struct MultiheadAttentionOptions {
  double dropout = 0.0;      ///< of the weights, while training
  bool bias = true;          ///< of all projections
  bool batch_first = false;  ///< layout (N, L, E) in place of (L, N, E)
};

/// What is not attended to. As in PyTorch's module, and other than in
/// scaled_dot_product_attention, a bool mask is true where a key is left out; a floating one is
/// added to the scores.
struct AttentionMasks {
  Tensor attn_mask = Tensor();         ///< (L, S) or (N * num_heads, L, S)
  Tensor key_padding_mask = Tensor();  ///< (N, S), or (S) without a batch
  bool is_causal = false;              ///< query i attends to the keys 0 … i
};

/// Each head's softmax(q kᵀ / sqrt(E / num_heads)) v of its part of the projected query, key and
/// value, joined and projected. forward(x) is self-attention: all three are x. The weights are not
/// returned.
///
/// Shapes: query (L, N, E), key and value (S, N, E) -> (L, N, E); with batch_first N stands first;
///         N may be left out. in_proj_weight (3 E, E), in_proj_bias (3 E): rows of query, key,
///         value; out_proj: Linear(E, E)
/// Init:   in_proj_weight xavier_uniform, biases 0, out_proj.weight as Linear
/// Errors: ValueError for sizes below 1, num_heads that do not divide embed_dim or a dropout out of
///         [0, 1]; ShapeError if inputs or masks do not fit
/// Source: torch.nn.MultiheadAttention, arXiv:1706.03762
class CT_API MultiheadAttention : public Module {
 public:
  MultiheadAttention(int64_t embed_dim, int64_t num_heads,
                     const MultiheadAttentionOptions& options = {});

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;
  using Module::operator();
  Tensor operator()(const Tensor& query, const Tensor& key, const Tensor& value,
                    const AttentionMasks& masks = {});

  Tensor in_proj_weight;
  Tensor in_proj_bias;  ///< undefined if not wanted
  Linear out_proj;

 private:
  Tensors project(const Tensor& query, const Tensor& key, const Tensor& value) const;
  Tensor heads(const Tensor& t) const;

  int64_t embed_dim_, num_heads_;
  MultiheadAttentionOptions options_;
};

}  // namespace ct::nn
