// MultiheadAttention: attention of several heads, between projections.
#pragma once

#include <cstdint>

#include "customtensor/nn/linear.hpp"
#include "customtensor/nn/module.hpp"

namespace ct::nn {

struct MultiheadAttentionOptions {
  double dropout = 0.0;        ///< of the weights, while training
  bool bias = true;            ///< of all projections
  bool add_bias_kv = false;    ///< one more key and value, which are parameters
  bool add_zero_attn = false;  ///< one more key and value of zeros
  int64_t kdim = 0, vdim = 0;  ///< features of key and value; 0: E
  bool batch_first = false;    ///< layout (N, L, E) in place of (L, N, E)
};

/// What is not attended to. As in PyTorch's module, and other than in
/// scaled_dot_product_attention, a bool mask is true where a key is left out; a floating one is
/// added to the scores.
struct AttentionMasks {
  Tensor attn_mask = Tensor();         ///< (L, S) or (N * num_heads, L, S)
  Tensor key_padding_mask = Tensor();  ///< (N, S), or (S) without a batch
  bool is_causal = false;              ///< query i attends to the keys 0 … i
};

struct WeightedAttention {
  Tensor output;
  /// What each query gave each key, dropout included: the mean of the heads (N, L, S), or of each
  /// head (N, num_heads, L, S).
  Tensor weights;
};

/// Each head's softmax(q kᵀ / sqrt(E / num_heads)) v of its part of the projected query, key and
/// value, joined and projected. forward(x) is self-attention: all three are x. with_weights gives
/// the weights too, and makes all of them at once. A query that attends to no key gets zeros.
///
/// Shapes: query (L, N, E), key (S, N, kdim), value (S, N, vdim) -> (L, N, E); with batch_first N
///         stands first; N may be left out. in_proj_weight (3 E, E), in_proj_bias (3 E): rows of
///         query, key, value; where kdim or vdim is not E, q_proj_weight (E, E), k_proj_weight
///         (E, kdim) and v_proj_weight (E, vdim) in place of the former; bias_k and bias_v
///         (1, 1, E); out_proj: Linear(E, E)
/// Init:   projections xavier_uniform, biases 0, bias_k and bias_v xavier_normal, out_proj.weight
///         as Linear
/// Errors: ValueError for sizes below 1, num_heads that do not divide embed_dim or a dropout out of
///         [0, 1]; ShapeError if inputs or masks do not fit
/// Source: torch.nn.MultiheadAttention, arXiv:1706.03762
class CT_API MultiheadAttention : public Module {
 public:
  MultiheadAttention(int64_t embed_dim, int64_t num_heads,
                     const MultiheadAttentionOptions& options = {});
  MultiheadAttention(int64_t embed_dim, int64_t num_heads, double dropout, bool bias = true,
                     bool add_bias_kv = false, bool add_zero_attn = false, int64_t kdim = 0,
                     int64_t vdim = 0, bool batch_first = false)
      : MultiheadAttention(embed_dim, num_heads,
                           {dropout, bias, add_bias_kv, add_zero_attn, kdim, vdim, batch_first}) {}

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;
  using Module::operator();
  Tensor operator()(const Tensor& query, const Tensor& key, const Tensor& value,
                    const AttentionMasks& masks = {});
  /// The same and the weights, averaged over heads if `average`.
  WeightedAttention with_weights(const Tensor& query, const Tensor& key, const Tensor& value,
                                 const AttentionMasks& masks = {}, bool average = true);

  Tensor in_proj_weight;                               ///< undefined beside the three
  Tensor q_proj_weight, k_proj_weight, v_proj_weight;  ///< undefined beside the one
  Tensor in_proj_bias;                                 ///< undefined if not wanted
  Tensor bias_k, bias_v;                               ///< likewise
  Linear out_proj;

 private:
  void check(const Tensor& query, const Tensor& key, const Tensor& value) const;
  Tensors project(const Tensor& query, const Tensor& key, const Tensor& value) const;
  Tensor heads(const Tensor& t) const;
  Tensor with_more(const Tensor& heads, const Tensor& bias) const;
  Tensor mask_of(const AttentionMasks& masks, const Tensor& q, int64_t keys) const;
  WeightedAttention attend(const Tensor& query, const Tensor& key, const Tensor& value,
                           const AttentionMasks& masks, bool weights);

  int64_t embed_dim_, num_heads_;
  MultiheadAttentionOptions options_;
};

}  // namespace ct::nn
