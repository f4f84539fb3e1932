// TransformerEncoderLayer: self-attention and a feed-forward network, each with a residual.
#pragma once

#include <cstdint>
#include <functional>

#include "customtensor/nn/attention/multihead_attention.hpp"
#include "customtensor/nn/dropout.hpp"
#include "customtensor/nn/linear.hpp"
#include "customtensor/nn/module.hpp"
#include "customtensor/nn/norm/layer_norm.hpp"

namespace ct::nn {

/// Of encoder and decoder layers.
struct TransformerLayerOptions {
  int64_t dim_feedforward = 2048;
  double dropout = 0.1;  ///< of attention's weights, within the network, and of what is added
  std::function<Tensor(const Tensor&)> activation = nullptr;  ///< of the network; null: relu
  double layer_norm_eps = 1e-5;
  bool batch_first = false;  ///< layout (N, L, E) in place of (L, N, E)
  bool norm_first = false;   ///< normalise what a part takes in place of the sum
  bool bias = true;          ///< of all linear layers and norms
};

/// x = norm1(x + attention(x)), y = norm2(x + W2 activation(W1 x)); with norm_first
/// x = x + attention(norm1(x)), y = x + W2 activation(W1 norm2(x)).
///
/// Shapes: x (L, N, E) -> the same; with batch_first N stands first; N may be left out
/// Names:  self_attn, linear1, linear2, norm1, norm2, and dropouts without parameters
/// Errors: as of its parts; ValueError for sizes below 1
/// Source: torch.nn.TransformerEncoderLayer, arXiv:1706.03762, norm_first arXiv:2002.04745
class CT_API TransformerEncoderLayer : public Module {
 public:
  TransformerEncoderLayer(int64_t d_model, int64_t nhead,
                          const TransformerLayerOptions& options = {});

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;
  using Module::operator();
  Tensor operator()(const Tensor& x, const AttentionMasks& masks);

  MultiheadAttention self_attn;
  Linear linear1, linear2;
  LayerNorm norm1, norm2;
  Dropout dropout, dropout1, dropout2;

 private:
  TransformerLayerOptions options_;
};

}  // namespace ct::nn
