// Attention.
#pragma once

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
///           is_causal or a dropout_p out of range; DeviceError if devices differ
/// Gradient: of query, key, value and a floating mask
/// Source:   torch.nn.functional.scaled_dot_product_attention, arXiv:1706.03762
CT_API Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key,
                                           const Tensor& value,
                                           const AttentionOptions& options = {});

}  // namespace ct
