// TransformerDecoderLayer: self-attention, attention to the encoder's result and a feed-forward
// network, each with a residual.
#pragma once

#include <cstdint>

#include "customtensor/nn/attention/transformer_encoder_layer.hpp"

namespace ct::nn {

/// x = norm1(x + attention(x)), x = norm2(x + attention(x, memory)), y = norm3(x + W2
/// activation(W1 x)); with norm_first each part takes its norm of x in place of the sum.
///
/// Shapes: x (L, N, E), memory (S, N, E) -> (L, N, E); with batch_first N stands first; N may be
///         left out
/// Names:  self_attn, multihead_attn, linear1, linear2, norm1, norm2, norm3, and dropouts without
///         parameters
/// Errors: as of its parts; ValueError for sizes below 1
/// Source: torch.nn.TransformerDecoderLayer, arXiv:1706.03762
class CT_API TransformerDecoderLayer : public Module {
 public:
  TransformerDecoderLayer(int64_t d_model, int64_t nhead,
                          const TransformerLayerOptions& options = {});

  void members(Members& m) override;
  using Module::operator();
  Tensor operator()(const Tensor& x, const Tensor& memory, const AttentionMasks& masks = {},
                    const AttentionMasks& memory_masks = {});

  MultiheadAttention self_attn, multihead_attn;
  Linear linear1, linear2;
  LayerNorm norm1, norm2, norm3;
  Dropout dropout, dropout1, dropout2, dropout3;

 private:
  TransformerLayerOptions options_;
};

}  // namespace ct::nn
