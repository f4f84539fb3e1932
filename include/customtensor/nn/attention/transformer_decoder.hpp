// TransformerDecoder: decoder layers one after the other.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "customtensor/nn/attention/transformer_decoder_layer.hpp"

namespace ct::nn {

/// num_layers copies of a layer, which begin with the same weights, and a norm of the result if one
/// is given.
///
/// Names:  layers.0, layers.1, …, norm
/// Errors: ValueError for less than one layer
/// Source: torch.nn.TransformerDecoder
class CT_API TransformerDecoder : public Module {
 public:
  TransformerDecoder(const TransformerDecoderLayer& layer, int64_t num_layers,
                     std::optional<LayerNorm> norm = std::nullopt);

  void members(Members& m) override;
  using Module::operator();
  /// All layers take the same masks and the same memory.
  Tensor operator()(const Tensor& x, const Tensor& memory, const AttentionMasks& masks = {},
                    const AttentionMasks& memory_masks = {});

  std::vector<TransformerDecoderLayer> layers;
  std::optional<LayerNorm> norm;
};

}  // namespace ct::nn
