// Transformer: an encoder of one sequence and a decoder of another.
#pragma once

#include <cstdint>
#include <functional>

#include "customtensor/device.hpp"
#include "customtensor/nn/attention/transformer_decoder.hpp"
#include "customtensor/nn/attention/transformer_encoder.hpp"

namespace ct::nn {

struct TransformerOptions {
  int64_t d_model = 512;
  int64_t nhead = 8;
  int64_t num_encoder_layers = 6;
  int64_t num_decoder_layers = 6;
  int64_t dim_feedforward = 2048;
  double dropout = 0.1;
  std::function<Tensor(const Tensor&)> activation = nullptr;  ///< null: relu
  double layer_norm_eps = 1e-5;
  bool batch_first = false;
  bool norm_first = false;
  bool bias = true;
};

/// What is not attended to: in the source, in the target, and of the encoder's result by the
/// target.
struct TransformerMasks {
  AttentionMasks source = {};
  AttentionMasks target = {};
  AttentionMasks memory = {};
};

/// decoder(target, encoder(source)), both with a norm of their result.
///
/// Shapes: source (S, N, E), target (T, N, E) -> (T, N, E); with batch_first N stands first; N may
///         be left out
/// Names:  encoder, decoder
/// Init:   matrices xavier_uniform, the rest as of the parts
/// Errors: as of its parts
/// Source: torch.nn.Transformer, arXiv:1706.03762
class CT_API Transformer : public Module {
 public:
  explicit Transformer(const TransformerOptions& options = {});

  void members(Members& m) override;
  using Module::operator();
  Tensor operator()(const Tensor& source, const Tensor& target, const TransformerMasks& masks = {});

  TransformerEncoder encoder;
  TransformerDecoder decoder;
};

/// -infinity where query i would see a later key, else 0: (size, size).
/// Errors: ValueError for a negative size
/// Source: torch.nn.Transformer.generate_square_subsequent_mask
CT_API Tensor generate_square_subsequent_mask(int64_t size, const Device& device = Device(),
                                              DType dtype = float32);

}  // namespace ct::nn
