// TransformerEncoder: encoder layers one after the other.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "customtensor/nn/attention/transformer_encoder_layer.hpp"

namespace ct::nn {

/// num_layers copies of a layer, which begin with the same weights, and a norm of the result if one
/// is given.
///
/// Names:  layers.0, layers.1, …, norm
/// Errors: ValueError for less than one layer
/// Source: torch.nn.TransformerEncoder
class CT_API TransformerEncoder : public Module {
 public:
  TransformerEncoder(const TransformerEncoderLayer& layer, int64_t num_layers,
                     std::optional<LayerNorm> norm = std::nullopt);

  void members(Members& m) override;
  Tensor forward(const Tensor& x) override;
  using Module::operator();
  /// All layers take the same masks.
  Tensor operator()(const Tensor& x, const AttentionMasks& masks);

  std::vector<TransformerEncoderLayer> layers;
  std::optional<LayerNorm> norm;
};

}  // namespace ct::nn
