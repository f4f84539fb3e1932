// Attention.
#pragma once

#include <cstdint>
#include <optional>

#include "customtensor/random.hpp"
#include "customtensor/tensor.hpp"

namespace ct {

struct AttentionOptions {
  /// Broadcasts to (..., L, S). bool: which keys (true) a query attends to; query's dtype: added to
  /// the scores. Undefined: every query attends to every key.
  Tensor attn_mask = Tensor();
  double dropout_p = 0.0;  ///< of the weights, in [0, 1]; applied whenever it is not 0
  /// Query i attends to the keys 0 … i. Not together with attn_mask.
  bool is_causal = false;
  std::optional<double> scale = std::nullopt;  ///< of the scores; 1 / sqrt(E) if absent
  Generator* generator = nullptr;              ///< of the dropout; null: default_generator()
  /// Grouped queries: query has a multiple of the heads (axis -3) of key and value, and query head
  /// i attends to head i / (that multiple).
  bool enable_gqa = false;
  /// Scores, before the mask, are brought into ±softcap by softcap tanh(scores / softcap); 0: not.
  double softcap = 0.0;
};

/// softmax(scale query keyᵀ + mask) value: L queries each average the values of S keys. The scores
/// are made block by block: without gradients and dropout, memory does not grow with L S. Gradients
/// keep the weights. A query that the mask lets attend to no key gives zeros, and its gradient is
/// 0. Scores and weights of float16 and bfloat16 are float32.
///
/// Shapes:   query (..., L, E), key (..., S, E), value (..., S, Ev) -> (..., L, Ev); leading axes
///           broadcast
/// Errors:   ShapeError if shapes do not fit; DTypeError if the tensors are not of one floating
///           dtype, or the mask is neither bool nor of that dtype; ValueError for a mask with
///           is_causal, a dropout_p out of range or a softcap that is not finite or below 0;
///           DeviceError if devices differ
/// Gradient: of query, key, value and a floating mask
/// Source:   torch.nn.functional.scaled_dot_product_attention, arXiv:1706.03762
CT_API Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key,
                                           const Tensor& value,
                                           const AttentionOptions& options = {});

/// What the scores have been through.
enum class AttentionStage : uint8_t {
  product,  ///< scale query keyᵀ
  capped,   ///< and softcap
  masked,   ///< and the mask
  weights,  ///< and softmax, and dropout
};
struct AttentionWithScores {
  Tensor output;
  Tensor scores;  ///< (..., L, S)
};

/// scaled_dot_product_attention and its scores at `stage`, all of which are made at once.
///
/// Errors, Shapes: as scaled_dot_product_attention
/// Gradient: of both
/// Source:   the outputs of ONNX's Attention
CT_API AttentionWithScores scaled_dot_product_attention_with_scores(
    const Tensor& query, const Tensor& key, const Tensor& value,
    const AttentionOptions& options = {}, AttentionStage stage = AttentionStage::weights);

}  // namespace ct
